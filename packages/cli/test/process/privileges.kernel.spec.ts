import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOBODY, Workspace, jsonOf } from './command-process.js';

describe('duet as root and as a user', function () {
  this.timeout(60_000);
  let work: Workspace;
  before(function () {
    if (process.getuid?.() !== 0 && process.env['DUET_REQUIRE_KERNEL'] !== '1') this.skip();
  });
  beforeEach(() => {
    work = new Workspace(5);
    chownSync(work.folder, NOBODY, NOBODY);
    chownSync(work.tree, NOBODY, NOBODY);
    for (let i = 0; i < 5; i += 1) chownSync(join(work.tree, `file-${i}`), NOBODY, NOBODY);
  });
  afterEach(() => work.remove());

  const scrub = (...argv: string[]) => ['run', 'scrub', '--path', work.tree, '--json', ...argv];

  it('scrubs own files without root', async () => {
    const ended = await work.run(scrub(), { uid: NOBODY });
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.equal(jsonOf(ended)[0]?.['source'], 'cachestat');
  });

  it('reports a file that may not be read, and goes on', async () => {
    const secret = join(work.tree, 'secret');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0);
    const ended = await work.run(scrub(), { uid: NOBODY });
    assert.equal(ended.exitCode, 1, ended.stderr);
    const lines = jsonOf(ended);
    assert.deepEqual(lines.filter(({ type }) => type === 'problem').map(({ path, code }) => [path, code]), [['secret', 'DUET_ERR_READ']]);
    const [task] = (lines.at(-1) as unknown as { tasks: { filesTotal: number; filesFailed: number }[] }).tasks;
    assert.deepEqual([task?.filesTotal, task?.filesFailed], [6, 1]);
  });

  it('refuses a path that may not be read', async () => {
    chmodSync(work.tree, 0o700);
    chownSync(work.tree, 0, 0);
    const ended = await work.run(scrub(), { uid: NOBODY });
    assert.equal(ended.exitCode, 2);
    assert.match(ended.stderr, /DUET_ERR_PATH_DENIED/);
  });

  it('refuses a state folder of another user', async () => {
    mkdirSync(work.state, { mode: 0o700 });
    for (const argv of [scrub(), ['status'], ['scrub', 'report']]) {
      const ended = await work.run(argv, { uid: NOBODY });
      assert.equal(ended.exitCode, 3, `${argv.join(' ')}\n${ended.stderr}`);
      assert.match(ended.stderr, /DUET_ERR_STATE_OPEN/);
    }
  });

  it('refuses tracefs without root, and doctor says why', async () => {
    const ended = await work.run(scrub('--source', 'tracefs'), { uid: NOBODY });
    assert.equal(ended.exitCode, 3);
    assert.match(ended.stderr, /DUET_ERR_(SOURCE_UNAVAILABLE|TRACEFS)/);
    const doctor = await work.run(['doctor', '--json'], { uid: NOBODY });
    assert.equal(doctor.exitCode, 0);
    const tracefs = jsonOf(doctor).find(({ name }) => name === 'tracefs');
    assert.deepEqual([tracefs?.['ok'], tracefs?.['detail']], [false, 'needs root']);
  });

  it('ends with one error when the disk of the state database is full', async () => {
    mkdirSync(work.state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'duet-cli-test', work.state]);
    try {
      for (let i = 0; i < 20_000; i += 1) writeFileSync(join(work.tree, `small-${i}`), '');
      const ended = await work.run(scrub('--source', 'none'));
      assert.equal(ended.exitCode, 3, ended.stderr);
      assert.match(ended.stderr, /DUET_ERR_STATE_FULL/);
      assert.equal(ended.stderr.match(/^duet: /gm)?.length, 1);
    } finally {
      execFileSync('umount', [work.state]);
    }
  });

  it('watches page events until interrupted', async () => {
    const watch = work.start(['watch', work.tree, '--json', '--events', 'dirty', '--source', 'tracefs']);
    const writer = setInterval(() => writeFileSync(join(work.tree, 'written'), 'x'), 50);
    try {
      await watch.until(/"path":"written"/);
    } finally {
      clearInterval(writer);
    }
    watch.process.kill('SIGINT');
    assert.equal((await watch.ended).exitCode, 130);
  });
});

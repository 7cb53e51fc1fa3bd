import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOBODY, Workspace, jsonOf } from './command-process.js';

/** Unmounts, once nobody is busy there. */
async function unmount(path: string): Promise<void> {
  while (spawnSync('umount', [path]).status !== 0) await sleep(20);
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}

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
    const names = jsonOf(doctor).find(({ name }) => name === 'follow names');
    assert.deepEqual([names?.['ok'], names?.['detail']], [false, 'no CAP_SYS_ADMIN']);
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

  describe('leaves no trace instance behind', () => {
    const instancesOf = (pid: number | undefined): string[] => readdirSync('/sys/kernel/tracing/instances').filter((name) => name.startsWith(`duet-${pid}-`));

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`when ${signal} comes some time after the start`, async () => {
        for (let ms = 0; ms <= 200; ms += 20) {
          const run = work.start(scrub('--source', 'tracefs'));
          await sleep(ms);
          run.process.kill(signal);
          const { stderr } = await run.ended;
          assert.deepEqual(instancesOf(run.process.pid), [], `after ${ms} ms\n${stderr}`);
        }
      });

      it(`when ${signal} comes once it is there, and ends as it does later`, async () => {
        for (const ms of [0, 5, 10, 20, 40]) {
          const run = work.start(scrub('--source', 'tracefs'));
          while (instancesOf(run.process.pid).length === 0) await sleep(1);
          await sleep(ms);
          run.process.kill(signal);
          const { exitCode, stderr } = await run.ended;
          assert.equal(exitCode, signal === 'SIGINT' ? 130 : 143, `after ${ms} ms\n${stderr}`);
          assert.deepEqual(instancesOf(run.process.pid), [], `after ${ms} ms`);
        }
      });
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

  it('watch tells mounts that come and go, warns of overlayfs, and ends when its own mount goes', async () => {
    const [own, layers] = [join(work.folder, 'own'), join(work.folder, 'layers')];
    const [below, upper, scratch] = [join(own, 'below'), join(layers, 'upper'), join(layers, 'scratch')];
    mkdirSync(own);
    mkdirSync(layers);
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'duet-cli-test', layers]);
      execFileSync('mount', ['--bind', work.tree, own]);
      for (const folder of [below, upper, scratch]) mkdirSync(folder);
      const watch = work.start(['watch', own, '--json', '--source', 'tracefs']);
      await watch.until(/"path":"file-0"/);
      execFileSync('mount', ['-t', 'overlay', 'duet-cli-test', '-o', `lowerdir=${work.tree},upperdir=${upper},workdir=${scratch}`, below]);
      await watch.until(/"type":"joined"/);
      await watch.warned(/below is overlay, /);
      await unmount(below);
      await watch.until(/"type":"left"/);
      await unmount(own);
      const ended = await watch.ended;
      assert.equal(ended.exitCode, 3, ended.stderr);
      assert.equal(ended.stderr.match(/below is overlay, /g)?.length, 1);
      const mounts = jsonOf(ended).filter(({ type }) => type !== undefined);
      assert.deepEqual(mounts.map(({ type, fsType, path, code }) => [type, fsType, path, code]), [
        ['joined', 'overlay', below, undefined],
        ['left', 'overlay', below, 'DUET_ERR_MOUNT_GONE'],
        ['error', undefined, own, 'DUET_ERR_MOUNT_GONE'],
      ]);
    } finally {
      for (const folder of [below, own, layers]) if (isMounted(folder)) execFileSync('umount', ['--lazy', folder]);
    }
  });
});

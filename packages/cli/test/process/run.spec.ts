import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIN, SLOW_PLUGIN, Workspace, jsonOf } from './command-process.js';

describe('the duet process', function () {
  this.timeout(60_000);
  let work: Workspace;
  beforeEach(() => (work = new Workspace(60)));
  afterEach(() => work.remove());

  const scrub = (...argv: string[]) => ['run', 'scrub', '--path', work.tree, '--source', 'none', ...argv];
  const slow = (...argv: string[]) => ['run', 'slow', '--plugin', SLOW_PLUGIN, '--path', work.tree, '--source', 'none', '--json', '--verbose', ...argv];

  it('scrubs, and tells what it did', async () => {
    const ended = await work.run(scrub('--json'));
    assert.equal(ended.exitCode, 0, ended.stderr);
    const lines = jsonOf(ended);
    assert.equal(lines[0]?.['type'], 'start');
    const summary = lines.at(-1) as { type: string; exitCode: number; tasks: { filesDone: number }[] };
    assert.deepEqual([summary.type, summary.exitCode, summary.tasks[0]?.filesDone], ['summary', 0, 60]);
  });

  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    it(`ends with ${exitCode} after a clean checkpoint on ${signal}, and goes on there`, async () => {
      const first = work.start(slow('--set', 'slow.waitMs=200'));
      await first.until(/("type":"unit"[\s\S]*){4}/);
      first.process.kill(signal);
      const ended = await first.ended;
      assert.equal(ended.exitCode, exitCode, ended.stderr);
      const summary = jsonOf(ended).at(-1) as { type: string; exitCode: number; tasks: { filesDone: number }[] };
      assert.deepEqual([summary.type, summary.exitCode], ['summary', exitCode]);
      const done = summary.tasks[0]?.filesDone;
      assert.ok(done >= 4 && done < 60, `${done} files`);
      const [, task] = jsonOf(await work.run(['status', '--json']));
      assert.deepEqual([task?.['running'], task?.['filesDone']], [false, done]);
      const rest = jsonOf(await work.run(slow('--set', 'slow.waitMs=0'))).at(-1) as { exitCode: number; tasks: { filesDone: number }[] };
      assert.deepEqual([rest.exitCode, rest.tasks[0]?.filesDone], [0, 60 - done]);
    });
  }

  it('refuses a second run of the same task on the same path, and shows the first as running', async () => {
    const first = work.start(slow('--set', 'slow.waitMs=10000'));
    await first.until(/"type":"start"/);
    const second = await work.run(slow());
    assert.equal(second.exitCode, 2);
    assert.match(second.stderr, new RegExp(`process ${first.process.pid} \\[DUET_ERR_TASK_RUNNING\\]`));
    const [status, task] = jsonOf(await work.run(['status', '--json']));
    assert.deepEqual([status?.['running'], task?.['pid']], [1, first.process.pid]);
    first.process.kill('SIGINT');
    assert.equal((await first.ended).exitCode, 130);
  });

  it('ends at once on a second signal', async () => {
    const run = work.start(slow('--set', 'slow.waitMs=200'));
    await run.until(/"type":"unit"/);
    run.process.kill('SIGINT');
    run.process.kill('SIGTERM');
    const { exitCode } = await run.ended;
    // Where output was still on its way, the signal itself ended it: a shell makes the same number of that.
    assert.ok([130, 143].includes(exitCode ?? 0) || run.process.signalCode !== null, `${exitCode} ${run.process.signalCode}`);
  });

  it('sets a corrupt state database aside, and says so', async () => {
    assert.equal((await work.run(scrub())).exitCode, 0);
    writeFileSync(join(work.state, 'duet.db'), 'this is no database, though it is long enough to be looked at'.repeat(100));
    const ended = await work.run(scrub('--json'));
    assert.equal(ended.exitCode, 3);
    assert.match(ended.stderr, /\[DUET_ERR_STATE_CORRUPT\]\n {2}path: .*\n {2}hint: it was set aside as /);
    assert.equal(jsonOf(ended)[0]?.['code'], 'DUET_ERR_STATE_CORRUPT');
    const aside = readdirSync(work.state).find((name) => name.includes('corrupt')) as string;
    assert.match(readFileSync(join(work.state, aside), 'latin1'), /^this is no database/);
    assert.equal((await work.run(scrub())).exitCode, 0);
  });

  it('is quiet when its reader goes away', () => {
    const script = `"${process.execPath}" "${MAIN}" residency --json "$@" 2>&1 >&3 | cat >&2; :`;
    const output = execFileSync('sh', ['-c', `{ ${script}; } 3>&1 | head -1`, 'sh', work.tree, work.tree, work.tree], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    assert.equal(output.split('\n').length, 2);
  });

  it('watches until nobody reads', () => {
    const script = `"${process.execPath}" "${MAIN}" watch --source cachestat "$1" 2>"$2" | head -1`;
    const errors = join(work.folder, 'errors');
    assert.match(execFileSync('sh', ['-c', script, 'sh', work.tree, errors], { encoding: 'utf8' }), /^ADDED/);
    assert.equal(readFileSync(errors, 'utf8'), '');
  });

  it('says that results could not be written', () => {
    assert.throws(
      () => execFileSync('sh', ['-c', `"${process.execPath}" "${MAIN}" --help >/dev/full`], { encoding: 'utf8', stdio: 'pipe' }),
      (error: { status: number; stderr: string }) => error.status === 3 && /DUET_ERR_OUTPUT\]\n {2}cause: .*ENOSPC/.test(error.stderr),
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventMask, eventNames, fromText, openDuet, openStore, processStatuses, runningTask } from '@duet/core';
import type { DuetStatus, EventName } from '@duet/core';
import { coreFramework } from '../../src/core-framework.js';
import { watchFields } from '../../src/render/watch-line.js';
import { call } from '../fake-environment.js';
import { SLOW_PLUGIN, Workspace, jsonOf } from './command-process.js';

describe('duet status, tasks, items, bitmap: what the API says', function () {
  this.timeout(60_000);
  let work: Workspace;
  beforeEach(() => (work = new Workspace(40)));
  afterEach(() => work.remove());

  const ask = async (...argv: string[]): Promise<Record<string, unknown>[]> => {
    const { exitCode, stderr, json } = await call([...argv, '--json'], { framework: coreFramework, environment: { variables: { DUET_STATE_DIR: work.state } } });
    assert.equal(exitCode, 0, stderr);
    return json();
  };
  const slow = (...argv: string[]) => ['run', 'slow', '--plugin', SLOW_PLUGIN, '--path', work.tree, '--source', 'none', '--json', '--verbose', ...argv];
  /** A run that was interrupted when some of its files were durably done. */
  const interruptedRun = async (): Promise<void> => {
    const run = work.start(slow('--set', 'slow.waitMs=50'));
    await run.until(/"type":"checkpoint"/);
    run.process.kill('SIGINT');
    assert.equal((await run.ended).exitCode, 130);
  };

  /** The status of one process, put together again from the lines of `duet status`. */
  const statusOf = (lines: readonly Record<string, unknown>[], pid: number): unknown => {
    const { source, maxTasks, events, lost, sessions } = lines.find((line) => line['type'] === 'process' && line['pid'] === pid) ?? {};
    const own = lines.filter((line) => line['type'] === 'session' && line['pid'] === pid);
    assert.equal(sessions, own.length);
    return {
      source,
      maxTasks,
      events: { events, lost },
      sessions: own.map(({ id, session, mask, path, seen, filtered, merged, lost: lostHere, fetched }) => ({
        id, name: session, path, mask: eventMask(mask as EventName[]), counters: { seen, filtered, merged, fetched, lost: lostHere },
      })),
    };
  };

  it('status shows each process as its status() does', async () => {
    const duet = await openDuet({ stateDir: work.state, source: 'none', maxTasks: 3 });
    try {
      assert.deepEqual(statusOf(await ask('status'), process.pid), duet.status());
      const path = fromText(work.tree);
      const sessions = [duet.register({ name: 'one', path, events: ['exists', 'dirty'] }), duet.register({ name: 'two', path, events: ['added'] })];
      readFileSync(`${work.tree}/file-1`);
      await Promise.all(sessions.map(({ ready }) => ready));
      assert.ok(sessions[0].fetch(3).length <= 3);
      const { sessions: shown } = duet.status();
      assert.deepEqual(shown.map(({ name, mask }) => [name, eventNames(mask)]), [['one', ['dirty', 'exists']], ['two', ['added']]]);
      assert.deepEqual(statusOf(await ask('status'), process.pid), duet.status());
      sessions[0].close();
      assert.deepEqual(statusOf(await ask('status'), process.pid), duet.status());
    } finally {
      await duet.close();
    }
    assert.deepEqual((await ask('status')).map(({ type }) => type), ['status']);
  });

  it('status shows what a run in another process has seen, and no more of it when it was killed', async () => {
    const run = work.start(slow('--set', 'slow.waitMs=10000'));
    const { pid } = run.process;
    await run.until(/"type":"start"/);
    const lines = await ask('status');
    const [{ status }] = await processStatuses<DuetStatus>(work.state);
    // Only its own counters go on.
    const steady = (one: unknown): unknown => JSON.parse(JSON.stringify(one, (key, value: unknown) => (key === 'counters' || key === 'events' ? undefined : value)));
    assert.deepEqual(steady(statusOf(lines, pid as number)), steady(status));
    assert.equal(lines.find(({ type }) => type === 'session')?.['path'], work.tree);
    assert.match((await work.run(['status'])).stdout, new RegExp(`slow +running \\(${pid}\\)[\\s\\S]*process ${pid}: page events from none, [\\s\\S]*planner +dirty\\+exists`));
    run.process.kill('SIGKILL');
    await run.ended;
    const after = await ask('status');
    assert.deepEqual(after.map(({ type }) => type), ['status', 'task']);
    assert.equal(after[1]['running'], false);
  });

  it('tasks and status show the tasks of the state database', async () => {
    await interruptedRun();
    const run = work.start(slow('--set', 'slow.waitMs=10000'));
    await run.until(/"type":"start"/);
    const store = await openStore({ folder: work.state });
    try {
      const expected = store.tasks().map(({ id, name, path, cycle, startedMs, finishedMs }) => {
        const pid = runningTask(work.state, name, path);
        return { type: 'task', id, task: name, cycle, startedMs, finishedMs, running: pid !== null, pid, path };
      });
      assert.equal(expected[0].pid, run.process.pid);
      assert.deepEqual(await ask('tasks'), expected);
      const done = await store.loadDone(1);
      assert.deepEqual((await ask('status')).filter(({ type }) => type === 'task'), expected.map((task) => ({ ...task, filesDone: done.size, filesPartial: done.partial.size })));
    } finally {
      await store.close();
    }
    run.process.kill('SIGINT');
    await run.ended;
  });

  it('bitmap shows the done bits of the state database, also while the task runs', async () => {
    await interruptedRun();
    const bits = async (): Promise<number[]> => {
      const store = await openStore({ folder: work.state });
      const done = await store.loadDone(1);
      const nos = Array.from({ length: 1000 }, (_, no) => no).filter((no) => done.has(no));
      assert.equal(nos.length, done.size);
      await store.close();
      return nos;
    };
    const shown = async (): Promise<number[]> => {
      const [line] = await ask('bitmap', 'slow');
      const ranges = line['ranges'] as [number, number][];
      const nos = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
      assert.deepEqual([line['type'], line['task'], line['path'], line['cycle'], line['done'], line['partial']], ['bitmap', 'slow', work.tree, 1, nos.length, []]);
      return nos;
    };
    const before = await bits();
    assert.ok(before.length > 0 && before.length < 40, `${before.length} files`);
    assert.deepEqual(await shown(), before);
    const run = work.start(slow('--set', 'slow.waitMs=50'));
    // Until a checkpoint of this run shows.
    let between: number[] = [];
    for (const end = Date.now() + 20_000; between.length <= before.length && Date.now() < end; await sleep(20)) between = await shown();
    assert.ok(between.length > before.length);
    run.process.kill('SIGINT');
    await run.ended;
    assert.deepEqual(await shown(), await bits());
  });

  it('items shows what a session is told that begins now, but for files that are done', async () => {
    await interruptedRun();
    const items = async (): Promise<unknown[]> => {
      const duet = await openDuet({ stateDir: work.state, source: 'cachestat' });
      const store = await openStore({ folder: work.state });
      try {
        const done = await store.loadDone(1);
        const session = duet.register({ name: 'slow', path: fromText(work.tree), events: ['exists', 'modified'] });
        await session.ready;
        const told = session.fetch(Infinity).filter(({ file }) => !done.has(file.no));
        return told.map((item) => ({ type: 'item', task: 'slow', ...watchFields(item, { root: fromText(work.tree), absolute: false }) }));
      } finally {
        await store.close();
        await duet.close();
      }
    };
    // The cache may change in between: then once more.
    for (let tries = 1; ; tries++) {
      const [before, shown, after] = [await items(), await ask('items', 'slow'), await items()];
      if (JSON.stringify(before) !== JSON.stringify(after) && tries < 20) continue;
      assert.ok(before.length > 0);
      assert.deepEqual(shown, before);
      return;
    }
  });

  it('status --json has one object a line, of known types', async () => {
    await interruptedRun();
    const duet = await openDuet({ stateDir: work.state, source: 'none' });
    try {
      const lines = jsonOf(await work.run(['status', '--json']));
      assert.deepEqual(lines.map(({ type }) => type), ['status', 'task', 'process']);
      assert.deepEqual(lines[2], { type: 'process', pid: process.pid, source: 'none', maxTasks: 8, events: 0, lost: 0, sessions: 0 });
    } finally {
      await duet.close();
    }
  });
});

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, toDisplay } from '@duet/core';
import { MemoryStore, runPlugin, ScriptedPageCache } from '@duet/core/testing';
import { ResultBook } from '../src/results/result-book.js';
import type { FileResult } from '../src/results/result-book.js';
import type { DefragJob, DefragOutcome } from '../src/thread/defrag-job.js';
import { defragWith, movedByFake } from './fake-defragmenter.js';
import { useTempFolder } from './temp-folder.js';

const FILES = 12;
const BYTES = 8 * 4096;

describe('a run of defrag', () => {
  const folder = useTempFolder();
  const names = Array.from({ length: FILES }, (_, i) => `f${i}`);
  const config = { minBytes: BYTES };
  /** Answers, and keeps what was asked. */
  const asking = (asked: string[], answer: (folder: string, job: DefragJob) => DefragOutcome = movedByFake) =>
    defragWith((path, job) => {
      asked.push(toDisplay(job.path));
      return answer(path, job);
    });

  beforeEach(() => {
    for (const name of names) writeFileSync(join(folder.path, name), Buffer.alloc(BYTES, name));
    writeFileSync(join(folder.path, 'small'), Buffer.alloc(BYTES - 1));
  });

  const resultsOf = (store: MemoryStore): FileResult[] => {
    const { get, entries } = store.stateReader('defrag');
    const state = { get, entries, set: () => undefined, delete: () => undefined };
    return [...new ResultBook(state).all()].map(({ result }) => result);
  };

  it('leaves small and excluded files alone', async () => {
    const asked: string[] = [];
    await runPlugin(asking(asked), { folder: folder.path, config: { ...config, exclude: 'f1,f2' } });
    assert.deepEqual(asked.sort(), names.filter((name) => name !== 'f1' && name !== 'f2').sort());
  });

  it('keeps to maxBytes, to one file, and takes the cached ones', async () => {
    const cache = new ScriptedPageCache(folder.path);
    const cached = ['f3', 'f7', 'f8', 'f11'];
    for (const name of cached) cache.add(name, 0, BYTES / 4096);
    const asked: string[] = [];
    const { summary, events } = await runPlugin(asking(asked), { folder: folder.path, cache, config: { ...config, maxBytes: 3.5 * BYTES } });
    assert.deepEqual(asked.sort(), cached.sort());
    assert.equal(summary.tasks[0].filesDone, 4);
    assert.match(events.find((event) => event.type === 'enough')!.reason, /maxBytes/);
  });

  it('does not count what it leaves alone for maxFiles', async () => {
    const asked: string[] = [];
    const answer = (path: string, job: DefragJob): DefragOutcome => (['f0', 'f5'].includes(toDisplay(job.path)) ? movedByFake(path, job) : { kind: 'skipped', reason: 'few-fragments', fragments: 1 });
    const { summary } = await runPlugin(asking(asked, answer), { folder: folder.path, config: { ...config, maxFiles: 3 } });
    assert.equal(asked.length, FILES);
    assert.deepEqual([summary.tasks[0].filesDone, summary.tasks[0].filesSkipped], [2, FILES - 2]);
    assert.equal(summary.exitCode, 0);
  });

  it('reads nothing that is not cached before its deadline makes it, and ends with maxTime', async () => {
    const cache = new ScriptedPageCache(folder.path);
    cache.add('f4', 0, BYTES / 4096);
    const asked: string[] = [];
    const { events } = await runPlugin(asking(asked, () => ({ kind: 'skipped', reason: 'shared', fragments: 9 })), { folder: folder.path, cache, config: { ...config, maxFiles: 1, maxTime: '1200ms' } });
    assert.equal(asked[0], 'f4');
    const units = events.filter((event) => event.type === 'unit');
    assert.deepEqual(units.filter(({ reason }) => reason === 'cached').map(({ path }) => toDisplay(path)), ['f4']);
    assert.ok(units.slice(1).every(({ atMs }) => atMs - units[0].atMs > 200), 'cold files wait for the deadline');
  });

  it('records extents before and after, and reasons, and forgets files that are gone', async () => {
    const store = new MemoryStore();
    const answer = (path: string, job: DefragJob): DefragOutcome => (toDisplay(job.path) === 'f1' ? { kind: 'skipped', reason: 'open-for-writing', fragments: 9 } : movedByFake(path, job));
    await runPlugin(asking([], answer), { folder: folder.path, config, store });
    const results = resultsOf(store);
    assert.equal(results.length, FILES);
    assert.deepEqual(results.filter(({ skipped }) => skipped !== undefined).map(({ path, before, skipped }) => [path, before, skipped]), [[fromText(join(folder.path, 'f1')), 9, 'open-for-writing']]);
    assert.ok(results.every(({ skipped, before, after }) => skipped !== undefined || (before === 50 && after === 1)));
    rmSync(join(folder.path, 'f2'));
    await runPlugin(asking([], answer), { folder: folder.path, config, store });
    assert.equal(resultsOf(store).length, FILES - 1);
  });

  it('takes a file again that a program wrote to meanwhile, and reports one that never holds still', async () => {
    const asked: string[] = [];
    const answer = (path: string, job: DefragJob): DefragOutcome => {
      const moved = movedByFake(path, job);
      if (toDisplay(job.path) !== 'f6' || moved.kind !== 'moved') return moved;
      writeFileSync(join(path, 'f6'), Buffer.alloc(BYTES, asked.length));
      return { kind: 'changed', cost: moved.cost };
    };
    const { problems } = await runPlugin(asking(asked, answer), { folder: folder.path, config });
    assert.equal(asked.filter((name) => name === 'f6').length, 3);
    assert.deepEqual(problems.map(({ path, code }) => [path, code]), [['f6', 'DUET_ERR_CHANGING']]);
  });

  it('reports content that differs as a problem of the file', async () => {
    const answer = (path: string, job: DefragJob): DefragOutcome => (toDisplay(job.path) === 'f9' ? { kind: 'failed', code: 'DUET_ERR_DEFRAG_MISMATCH', message: 'differs', offset: 4096 } : movedByFake(path, job));
    const { problems, summary } = await runPlugin(asking([], answer), { folder: folder.path, config });
    assert.deepEqual(problems.map(({ path, code, offset }) => [path, code, offset]), [['f9', 'DUET_ERR_DEFRAG_MISMATCH', 4096]]);
    assert.equal(summary.exitCode, 1);
  });
});

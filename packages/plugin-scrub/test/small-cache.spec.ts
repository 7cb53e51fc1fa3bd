import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginState } from '@duet/core';
import { MemoryStore, runPlugin } from '@duet/core/testing';
import { scrub } from '../src/index.js';
import { RecordBook } from '../src/record/record-book.js';
import { decodeRecord } from '../src/record/record-codec.js';
import { hex } from '../src/record/record.js';
import { useTempFolder } from './temp-folder.js';

const MIB = 2 ** 20;

describe('scrub with a small cache', () => {
  const folder = useTempFolder();

  const bookOf = (store: MemoryStore): RecordBook => {
    const reader = store.stateReader('scrub');
    return new RecordBook({ get: (key) => reader.get(key), entries: (prefix) => reader.entries(prefix) } as PluginState);
  };

  it('hashes a file as a whole that grows beyond those whose digest as a whole is recorded', async () => {
    const path = join(folder.path, 'growing');
    writeFileSync(path, randomBytes(60 * MIB));
    await sleep(40);
    const store = new MemoryStore();
    let hasGrown = false;
    const { summary, problems } = await runPlugin(scrub, {
      folder: folder.path,
      store,
      budgetBytes: 8 * MIB,
      config: { threads: 1 },
      onEvent: (event) => {
        if (event.type !== 'unit' || hasGrown) return;
        hasGrown = true;
        appendFileSync(path, randomBytes(10 * MIB));
      },
    });
    assert.deepEqual([summary.exitCode, problems], [0, []]);
    const content = readFileSync(path);
    const book = bookOf(store);
    const [[no, bytes]] = [...book.pages()].flat();
    assert.equal(hex(decodeRecord(bytes).whole!), createHash('sha256').update(content).digest('hex'));
    for (let i = 0; i < 9; i++) assert.equal(hex(book.segment(no, i)!.digest), createHash('sha256').update(content.subarray(i * 8 * MIB, (i + 1) * 8 * MIB)).digest('hex'));
    await store.close();
  });

  it('comes to the end of a file that it is in when it has read enough, and goes on behind it', async () => {
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(folder.path, name), randomBytes(20 * MIB));
    await sleep(40);
    const store = new MemoryStore();
    let files = 0;
    for (let runs = 1; files < 4; runs++) {
      assert.ok(runs <= 4);
      const { summary } = await runPlugin(scrub, { folder: folder.path, store, budgetBytes: 8 * MIB, config: { threads: 1, maxBytes: 5 * MIB } });
      const [{ filesDone, problems }] = summary.tasks;
      assert.equal(problems, 0);
      assert.ok(filesDone > 0, 'each run does some');
      files += filesDone;
    }
    assert.equal(files, 4);
    await store.close();
  });

  it('reads a file once that it tags', async function () {
    const path = join(folder.path, 'tagged');
    writeFileSync(path, randomBytes(20 * MIB));
    try {
      execFileSync('setfattr', ['-n', 'user.duet', '-v', '1', path], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    await sleep(40);
    const { summary, units } = await runPlugin(scrub, { folder: folder.path, budgetBytes: 8 * MIB, config: { threads: 1, xattrs: true } });
    assert.equal(summary.tasks[0].filesDone, 1);
    assert.equal(units.length, 10);
    assert.match(execFileSync('getfattr', ['-n', 'user.shatag.sha256', '--only-values', '--absolute-names', path]).toString(), new RegExp(createHash('sha256').update(readFileSync(path)).digest('hex')));
  });

  it('records the digests of whole files, though it gets them in pieces, and begins those anew that it was stopped in', async () => {
    const contents = { large: randomBytes(19 * MIB + 1), larger: randomBytes(33 * MIB), small: randomBytes(1000) };
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder.path, name), content);
    await sleep(40);
    const store = new MemoryStore();
    const offsets: Record<string, number[]> = {};
    const run = async (stopAt?: number) =>
      runPlugin(scrub, {
        folder: folder.path,
        store,
        budgetBytes: 8 * MIB,
        config: { threads: 2 },
        onEvent: (event, stop) => {
          if (event.type !== 'unit') return;
          (offsets[event.path] ??= []).push(event.offset / MIB);
          if (event.offset === stopAt) stop();
        },
      });
    assert.equal((await run(16 * MIB)).summary.exitCode, 143);
    for (const path of Object.keys(offsets)) delete offsets[path];
    const { summary, problems } = await run();
    assert.deepEqual([summary.exitCode, problems], [0, []]);
    const steps = offsets['larger'];
    assert.ok(steps.length >= 8, 'it comes in pieces');
    assert.deepEqual(steps, steps.map((_, i) => i * steps[1]));
    const records = [...bookOf(store).pages()].flat().map(([, bytes]) => decodeRecord(bytes));
    const recorded = new Map(records.map(({ path, whole }) => [path.split('/').at(-1), hex(whole!)]));
    for (const [name, content] of Object.entries(contents)) assert.equal(recorded.get(name), createHash('sha256').update(content).digest('hex'), name);
    await store.close();
  });
});

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
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
    const reader = store.stateReader('scrub');
    const book = new RecordBook({ get: (key) => reader.get(key), entries: (prefix) => reader.entries(prefix) } as PluginState);
    const records = [...book.pages()].flat().map(([, bytes]) => decodeRecord(bytes));
    const recorded = new Map(records.map(({ path, whole }) => [path.split('/').at(-1), hex(whole!)]));
    for (const [name, content] of Object.entries(contents)) assert.equal(recorded.get(name), createHash('sha256').update(content).digest('hex'), name);
    await store.close();
  });
});

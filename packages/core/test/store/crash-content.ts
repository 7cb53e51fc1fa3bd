import assert from 'node:assert/strict';
import { openStore } from '../../src/store/index.js';
import type { CrashModel } from './crash-script.js';

/** What a store holds of the crash test's task. */
export interface Content {
  readonly cycle: number;
  readonly size: number;
  readonly stamps: Map<number, bigint>;
  readonly state: Map<string, string>;
}

/** Opens the database, which has to be sound, and reads all of it. */
export async function contentOf(folder: string): Promise<Content> {
  const store = await openStore({ folder });
  try {
    assert.equal(store.setAside, null);
    const task = await store.openTask('crash', '/');
    const set = await store.loadDone(task.id);
    const stamps = new Map<number, bigint>();
    for (let no = 1; no < 200_000; no++) if (set.has(no)) stamps.set(no, set.stamp(no));
    const state = new Map<string, string>();
    for (const [key, value] of store.stateReader('test').entries('')) {
      assert.ok(value.every((byte) => byte === value[0]), `${key} is half-written`);
      state.set(key, `${value[0]} ${value.length}`);
    }
    return { cycle: task.cycle, size: set.size, stamps, state };
  } finally {
    await store.close();
  }
}

/** Says how the content differs from the model; undefined if it does not. */
export function differs(found: Content, model: CrashModel): string | undefined {
  if (found.cycle !== model.cycle) return `cycle ${found.cycle} and not ${model.cycle}`;
  if (found.size !== model.done.size) return `${found.size} files done and not ${model.done.size}`;
  for (const [no, stamp] of model.done) if (found.stamps.get(no) !== stamp) return `stamp of file ${no}`;
  if (found.state.size !== model.state.size) return `${found.state.size} keys and not ${model.state.size}`;
  for (const [key, [byte, length]] of model.state) if (found.state.get(key) !== `${byte} ${length}`) return `key ${key}`;
  return undefined;
}

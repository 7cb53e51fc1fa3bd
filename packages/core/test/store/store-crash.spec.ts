import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child-process.js';
import { change } from './crash-script.js';
import type { CrashModel } from './crash-script.js';
import { StatePlace } from './state-place.js';

const KILLS = 20;

describe('SqliteStore, killed', () => {
  it('holds what was acknowledged, and of the next change all or nothing', async () => {
    const place = new StatePlace();
    const model: CrashModel = { cycle: 1, done: new Map(), state: new Map() };
    let next = 0;
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const child = new Child(['operate', place.folder, String(next)]);
        await child.firstLine();
        await delay(Math.random() * 200);
        await child.kill();
        const acknowledged = child.lines.length;
        assert.equal(child.lines.at(-1), String(next + acknowledged - 1));
        for (const end = next + acknowledged; next < end; next++) change(model, next);
        const found = await contentOf(place);
        const difference = differs(found, model);
        if (difference === undefined) continue;
        change(model, next);
        next++;
        assert.equal(differs(found, model), undefined, `after ${acknowledged} changes, neither they (${difference}) nor one more`);
      }
      assert.ok(next > KILLS * 3, `only ${next} changes in all`);
    } finally {
      await place.remove();
    }
  }).timeout(120_000);

  it('can be opened whenever it was killed while it was being made', async () => {
    for (let kill = 0; kill < KILLS / 2; kill++) {
      const place = new StatePlace();
      try {
        const child = new Child(['operate', place.folder, '0']);
        await Promise.race([child.firstLine().catch(() => undefined), delay(Math.random() * 400)]);
        await child.kill();
        const store = await place.open();
        assert.equal(store.setAside, null);
        await store.openTask('crash', '/');
        await store.close();
      } finally {
        await place.remove();
      }
    }
  }).timeout(60_000);
});

interface Content {
  readonly cycle: number;
  readonly size: number;
  readonly stamps: Map<number, bigint>;
  readonly state: Map<string, string>;
}

async function contentOf(place: StatePlace): Promise<Content> {
  const store = await place.open();
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
function differs(found: Content, model: CrashModel): string | undefined {
  if (found.cycle !== model.cycle) return `cycle ${found.cycle} and not ${model.cycle}`;
  if (found.size !== model.done.size) return `${found.size} files done and not ${model.done.size}`;
  for (const [no, stamp] of model.done) if (found.stamps.get(no) !== stamp) return `stamp of file ${no}`;
  if (found.state.size !== model.state.size) return `${found.state.size} keys and not ${model.state.size}`;
  for (const [key, [byte, length]] of model.state) if (found.state.get(key) !== `${byte} ${length}`) return `key ${key}`;
  return undefined;
}

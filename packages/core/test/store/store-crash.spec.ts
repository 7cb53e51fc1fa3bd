import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child-process.js';
import { contentOf, differs } from './crash-content.js';
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
        const found = await contentOf(place.folder);
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

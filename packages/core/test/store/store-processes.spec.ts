import assert from 'node:assert/strict';
import { Child } from './child-process.js';
import { StatePlace } from './state-place.js';
import { rejectsWith } from './store-suite.js';

describe('SqliteStore, shared by processes', () => {
  let place: StatePlace;
  beforeEach(() => {
    place = new StatePlace();
  });
  afterEach(() => place.remove());

  it('gives a file the same number in all of them, also while they make the database', async () => {
    const children = ['up', 'down', 'up'].map((order) => new Child(['number', place.folder, order]));
    const [first, ...others] = await Promise.all(children.map(async (child) => JSON.parse((await child.end())[0]) as Record<string, number>));
    for (const other of others) assert.deepEqual(other, first);
    const nos = Object.values(first).sort((a, b) => a - b);
    assert.deepEqual(nos, Array.from({ length: 2000 }, (_, i) => i + 1));
  }).timeout(30_000);

  it('refuses a task that another process runs, names it, and takes over when that is killed', async () => {
    const child = new Child(['hold', place.folder]);
    try {
      assert.equal(await child.firstLine(), 'held');
      const store = await place.open();
      await rejectsWith(store.openTask('scrub', '/data'), 'DUET_ERR_TASK_RUNNING', new RegExp(`scrub runs on /data already, in process ${child.process.pid}$`));
      await store.openTask('scrub', '/data/below');
      await store.openTask('backup', '/data');
      await child.kill();
      assert.equal((await store.openTask('scrub', '/data')).id, 1);
      await store.close();
    } finally {
      await child.kill();
    }
  }).timeout(30_000);
});

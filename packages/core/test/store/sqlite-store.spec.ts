import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatePlace } from './state-place.js';
import { commitOf, rejectsWith, storeSuite } from './store-suite.js';

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe('SqliteStore', function () {
  this.timeout(30_000);
  storeSuite(() => new StatePlace());

  describe('files', () => {
    let place: StatePlace;
    beforeEach(() => {
      place = new StatePlace();
    });
    afterEach(() => place.remove());

    it('are readable by their owner only, whatever the umask', async () => {
      const umask = process.umask(0);
      try {
        const store = await place.open();
        await store.openTask('scrub', '/');
        assert.equal(store.setAside, null);
        assert.equal(modeOf(place.folder), '700');
        for (const name of ['duet.db', 'duet.db-wal', 'duet.db-shm']) assert.equal(modeOf(join(place.folder, name)), '600', name);
        for (const name of readdirSync(join(place.folder, 'locks'))) assert.equal(modeOf(join(place.folder, 'locks', name)), '600', name);
        await store.close();
      } finally {
        process.umask(umask);
      }
    });

    it('become private if they were not', async () => {
      await (await place.open()).close();
      chmodSync(place.database, 0o644);
      const store = await place.open();
      assert.equal(modeOf(place.database), '600');
      await store.close();
    });

    it('are one database after close', async () => {
      const store = await place.open();
      await store.openTask('scrub', '/');
      await store.close();
      assert.deepEqual(readdirSync(place.folder).sort(), ['duet.db', 'locks']);
    });

    it('cannot be made where a file is in the way', async () => {
      writeFileSync(join(place.root, 'state'), '');
      const error = await rejectsWith(place.open(), 'DUET_ERR_STATE_OPEN', /is not a folder/);
      assert.equal(error.path, place.folder);
    });

    it('cannot be opened where the database is a folder', async () => {
      mkdirSync(place.database, { recursive: true });
      await rejectsWith(place.open(), 'DUET_ERR_STATE_OPEN');
    });
  });

  it('fails calls after close with a typed error, and finishes those before', async () => {
    const place = new StatePlace();
    const store = await place.open();
    const task = await store.openTask('scrub', '/');
    const before = store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 1n }] }));
    const closing = store.close();
    await rejectsWith(store.fileNumbers([], new Uint16Array(0), new Float64Array(0), new Uint32Array(0)), 'DUET_ERR_INTERNAL', /closed/);
    await Promise.all([before, closing]);
    await place.remove();
  });
});

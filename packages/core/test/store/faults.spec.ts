import assert from 'node:assert/strict';
import SqliteDatabase from 'better-sqlite3';
import { StatePlace } from './state-place.js';
import { commitOf } from './store-suite.js';

const FILES = 50_000;

describe('Faults of the original, in the state database', () => {
  it('fault 1: a file takes one bit of its own, whatever its inode and generation', async () => {
    const place = new StatePlace();
    try {
      const store = await place.open();
      const task = await store.openTask('scrub', '/');
      // Neighbouring inodes, and generations as ext4 gives them.
      const ino = Float64Array.from({ length: FILES }, (_, i) => 4096 + i);
      const gen = Uint32Array.from({ length: FILES }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
      const nos = await store.fileNumbers(['uuid'], new Uint16Array(FILES), ino, gen);
      assert.deepEqual([Math.min(...nos), Math.max(...nos), new Set(nos).size], [1, FILES, FILES]);
      const done = [...nos].filter((_, i) => i % 2 === 0).map((no) => ({ no, stamp: 1n }));
      await store.commit(commitOf(task.id, { done }));
      await store.resetDone(task.id, [nos[2]]);
      const set = await store.loadDone(task.id);
      for (const [i, no] of nos.entries()) assert.equal(set.has(no), i % 2 === 0 && i !== 2, `file ${i}`);
      await store.close();
      const db = new SqliteDatabase(place.database, { readonly: true });
      const bytes = db.prepare('SELECT sum(length(bits)) FROM done').pluck().get() as number;
      db.close();
      assert.ok(bytes <= FILES / 8 + 4000, `${bytes} bytes for ${FILES} files`);
    } finally {
      await place.remove();
    }
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { Child } from './child-process.js';
import { StatePlace } from './state-place.js';
import { commitOf, rejectsWith } from './store-suite.js';

const KEYS = 3000;
const keyOf = (i: number) => `key-${String(i).padStart(6, '0')}`;

describe('SqliteStore, damaged', function () {
  this.timeout(30_000);
  let place: StatePlace;
  beforeEach(async () => {
    place = new StatePlace();
    const store = await place.open();
    const task = await store.openTask('scrub', '/');
    const done = Array.from({ length: KEYS }, (_, i) => ({ no: i + 1, stamp: 9n }));
    await store.commit(commitOf(task.id, { done, state: new Map(done.map(({ no }) => [keyOf(no), new Uint8Array(100)])) }));
    await store.close();
  });
  afterEach(() => place.remove());

  const overwrite = (offset: number, length: number) => {
    const content = readFileSync(place.database);
    content.fill(0xa5, offset, offset + length);
    writeFileSync(place.database, content);
  };
  const rootOf = (table: string): number => {
    const db = new SqliteDatabase(place.database, { readonly: true });
    const root = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) as number;
    db.close();
    return (root - 1) * 4096;
  };
  /** Opens, and expects the database as it now is to be found aside, and a new one that works. */
  const expectSetAside = async () => {
    const before = readFileSync(place.database);
    const store = await place.open();
    assert.ok(store.setAside);
    assert.match(store.setAside, /\/state\/duet\.db\.corrupt-\d{8}T\d{6}\.\d{3}Z$/);
    assert.ok(readFileSync(store.setAside).equals(before), 'what was set aside was changed');
    assert.equal(statSync(store.setAside).mode & 0o777, 0o600);
    const task = await store.openTask('scrub', '/');
    assert.deepEqual([task.id, (await store.loadDone(task.id)).size], [1, 0]);
    await store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 1n }] }));
    await store.close();
    const again = await place.open();
    assert.equal(again.setAside, null);
    assert.equal((await again.loadDone(task.id)).size, 1);
    await again.close();
  };

  it('takes an empty database with a rollback journal for one that was never finished', async () => {
    const place = new StatePlace();
    try {
      mkdirSync(place.folder, { mode: 0o700 });
      // What a kill leaves while SQLite writes the first page.
      writeFileSync(join(place.folder, 'duet.db'), '');
      const journal = Buffer.alloc(512);
      Buffer.from('d9d505f920a163d7', 'hex').copy(journal);
      writeFileSync(join(place.folder, 'duet.db-journal'), journal);
      const store = await place.open();
      assert.equal(store.setAside, null);
      await store.openTask('scrub', '/');
      await store.close();
    } finally {
      await place.remove();
    }
  });

  it('is set aside with a garbage header', async () => {
    overwrite(0, 100);
    await expectSetAside();
  });

  it('is set aside with a garbage schema', async () => {
    overwrite(100, 3996);
    await expectSetAside();
  });

  for (const table of ['plugin_state', 'task', 'stamp', 'file']) {
    it(`is set aside with a garbage page of ${table}`, async () => {
      overwrite(rootOf(table), 4096);
      await expectSetAside();
    });
  }

  for (const [name, sizeOf] of Object.entries<(size: number) => number>({
    'one byte': () => 1, 'half a header': () => 50, 'the header': () => 100, 'one page': () => 4096, 'half': (size) => Math.floor(size / 8192) * 4096, 'all but a byte': (size) => size - 1,
  })) {
    it(`is set aside when cut to ${name}`, async () => {
      truncateSync(place.database, sizeOf(statSync(place.database).size));
      await expectSetAside();
    });
  }

  it('is set aside when it is empty but its log is not', async () => {
    truncateSync(place.database, 0);
    writeFileSync(`${place.database}-wal`, 'log');
    const store = await place.open();
    assert.equal(readFileSync(`${store.setAside}-wal`, 'utf8'), 'log');
    await store.close();
  });

  it('is set aside by the next run when the damage shows later', async () => {
    const store = await place.open();
    // By another process: closing the file in this one would drop the locks that SQLite has on it.
    const garbage = join(place.root, 'garbage');
    writeFileSync(garbage, new Uint8Array(statSync(place.database).size - 8192).fill(0xa5));
    execFileSync('dd', [`if=${garbage}`, `of=${place.database}`, 'bs=4096', 'seek=2', 'conv=notrunc', 'status=none']);
    assert.throws(() => [...store.stateReader('test').entries('key')], { code: 'DUET_ERR_STATE_CORRUPT', path: place.database });
    await store.close();
    assert.ok(existsSync(join(place.folder, 'duet.db.damaged')));
    await expectSetAside();
    assert.ok(!existsSync(join(place.folder, 'duet.db.damaged')));
  });

  it('goes on setting aside where it was interrupted', async () => {
    const name = `${place.database}.corrupt-20260101T000000.000Z`;
    writeFileSync(`${name}-wal`, 'log');
    writeFileSync(join(place.folder, 'duet.db.damaged'), name);
    const store = await place.open();
    assert.equal(store.setAside, name);
    assert.ok(statSync(name).size > 0);
    await store.close();
  });

  it('keeps all that were set aside', async () => {
    for (let i = 0; i < 3; i++) {
      overwrite(0, 100);
      await (await place.open()).close();
    }
    assert.equal(readdirSync(place.folder).filter((file) => file.startsWith('duet.db.corrupt-')).length, 3);
  });

  it('is not set aside while another process has it open', async () => {
    const child = new Child(['hold', place.folder]);
    try {
      await child.firstLine();
      writeFileSync(join(place.folder, 'duet.db.damaged'), '');
      await rejectsWith(place.open(), 'DUET_ERR_STATE_CORRUPT', /another process has it open/);
      await child.kill();
      const store = await place.open();
      assert.ok(store.setAside);
      await store.close();
    } finally {
      await child.kill();
    }
  });

  it('is left alone when a newer version wrote it', async () => {
    const db = new SqliteDatabase(place.database);
    db.pragma('user_version = 99');
    db.close();
    const before = readFileSync(place.database);
    const error = await rejectsWith(place.open(), 'DUET_ERR_STATE_NEWER', /version 99/);
    assert.equal(error.path, place.database);
    assert.match(error.hint, /--state/);
    assert.ok(readFileSync(place.database).equals(before));
  });

  it('is left alone when it is not ours', async () => {
    rmSync(place.database);
    const db = new SqliteDatabase(place.database);
    db.exec('CREATE TABLE theirs (a)');
    db.close();
    const before = readFileSync(place.database);
    await rejectsWith(place.open(), 'DUET_ERR_STATE_OPEN', /another program/);
    assert.ok(readFileSync(place.database).equals(before));
  });
});

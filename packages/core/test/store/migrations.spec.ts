import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from '../../src/store/migrations.js';
import type { Migration } from '../../src/store/migrations.js';
import { SCHEMAS } from './schemas.js';
import { StatePlace } from './state-place.js';
import { commitOf } from './store-suite.js';

const tablesOf = (db: Database) => db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();

/** Columns and keys of all tables, however their SQL is written. */
function shapeOf(db: Database): unknown {
  return tablesOf(db).map((table) => [table, db.prepare('SELECT * FROM pragma_table_xinfo(?)').all(table), db.prepare('SELECT strict, wr FROM pragma_table_list(?)').all(table), db.prepare('SELECT "unique", origin FROM pragma_index_list(?)').all(table)]);
}

/** Fills an empty database as version `version` of the schema had it. */
function makeOld(db: Database, version: number): void {
  const { tables, rows } = SCHEMAS[version - 1];
  db.exec(tables);
  db.exec(rows);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${version}`);
}

describe('migrations', () => {
  let db: Database;
  beforeEach(() => {
    db = new SqliteDatabase(':memory:');
  });
  afterEach(() => db.close());

  it('lead from an empty database to the newest schema', () => {
    migrate(db);
    assert.equal(schemaVersion(db), MIGRATIONS.length);
    assert.equal(db.pragma('application_id', { simple: true }), APPLICATION_ID);
    assert.deepEqual(tablesOf(db), ['done', 'file', 'fs', 'partial', 'plugin_state', 'stamp', 'task']);
  });

  it('are never changed: each leads to the schema that it led to when it was new', () => {
    assert.equal(SCHEMAS.length, MIGRATIONS.length, 'each version has its database in schemas.ts');
    for (const [i, { tables }] of SCHEMAS.entries()) {
      const [made, then] = [new SqliteDatabase(':memory:'), new SqliteDatabase(':memory:')];
      migrate(made, MIGRATIONS.slice(0, i + 1));
      then.exec(tables);
      assert.deepEqual(shapeOf(made), shapeOf(then), `version ${i + 1}`);
      made.close();
      then.close();
    }
  });

  for (let version = 1; version <= SCHEMAS.length; version++) {
    it(`lead from version ${version} to the newest, and keep all that is there`, async () => {
      const place = new StatePlace();
      try {
        mkdirSync(place.folder, { mode: 0o700 });
        const old = new SqliteDatabase(place.database);
        old.pragma('page_size = 4096');
        makeOld(old, version);
        old.close();
        chmodSync(place.database, 0o600);
        for (const again of [false, true]) {
          const store = await place.open();
          assert.equal(store.setAside, null);
          assert.deepEqual(store.tasks(), [
            { id: 1, name: 'scrub', path: '/srv', cycle: 3, startedMs: 1_700_000_000_000, finishedMs: 1_600_000_000_000 },
            { id: 2, name: 'backup', path: '/srv', cycle: 1, startedMs: 1_700_000_000_000, finishedMs: 0 },
          ]);
          assert.deepEqual([1, 2, 3, 4].map((no) => store.fileId(no)?.ino), [100, 101, Number.MAX_SAFE_INTEGER, again ? 102 : undefined]);
          const done = await store.loadDone(1);
          assert.deepEqual([done.size, done.stamp(1), done.stamp(2), done.stamp(3)], [2, 17n, 0n, 2n ** 64n - 1n]);
          assert.deepEqual([...done.partial], [[2, { no: 2, stamp: 2n ** 64n - 2n, segments: Uint8Array.of(5) }]]);
          assert.deepEqual([...store.stateReader('scrub').entries('')].map(([key, value]) => [key, [...value]]), [['key', [0, 255]]]);
          assert.equal((await store.loadDone(2)).size, 0);
          // It is written on as any other.
          assert.deepEqual([...await store.fileNumbers(['uuid'], new Uint16Array(2), Float64Array.of(100, 102), Uint32Array.of(4_294_967_295, 0))], [1, 4]);
          await store.commit(commitOf(0, { state: new Map([['new', Uint8Array.of(1)]]) }));
          await store.close();
        }
        assert.equal(readFileSync(place.database).readUInt32BE(60), MIGRATIONS.length, 'user_version');
      } finally {
        await place.remove();
      }
    });
  }

  it('happen whole or not at all, and go on from the last that succeeded', () => {
    const steps: Migration[] = [
      (target) => target.exec('CREATE TABLE a (x)'),
      (target) => {
        target.exec('CREATE TABLE b (x)');
        throw new Error('no');
      },
    ];
    assert.throws(() => migrate(db, steps), /no/);
    assert.deepEqual([schemaVersion(db), tablesOf(db)], [1, ['a']]);
    steps[1] = (target) => target.exec('CREATE TABLE c (x)');
    migrate(db, steps);
    assert.deepEqual([schemaVersion(db), tablesOf(db)], [2, ['a', 'c']]);
    migrate(db, steps);
  });
});

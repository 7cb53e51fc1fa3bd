import assert from 'node:assert/strict';
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from '../../src/store/migrations.js';
import type { Migration } from '../../src/store/migrations.js';

const tablesOf = (db: Database) => db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();

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

  it('lead from every version to the newest, and keep what is there', () => {
    for (let version = 1; version <= MIGRATIONS.length; version++) {
      const old = new SqliteDatabase(':memory:');
      migrate(old, MIGRATIONS.slice(0, version));
      old.exec("INSERT INTO plugin_state VALUES ('scrub', 'key', x'01'); INSERT INTO fs (name) VALUES ('uuid')");
      migrate(old);
      assert.equal(schemaVersion(old), MIGRATIONS.length);
      assert.equal(old.prepare('SELECT count(*) FROM plugin_state, fs').pluck().get(), 1);
      assert.equal(old.pragma('integrity_check', { simple: true }), 'ok');
      old.close();
    }
  });

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

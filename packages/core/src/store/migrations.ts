import type { Database } from 'better-sqlite3';

/** Changes the schema from one version to the next, inside a transaction. */
export type Migration = (db: Database) => void;

/** In `PRAGMA application_id`: 'Duet'. */
export const APPLICATION_ID = 0x44756574;

/** Step i leads from version i to version i + 1. Only ever append. */
export const MIGRATIONS: readonly Migration[] = [
  (db) => {
    db.exec(`
      CREATE TABLE fs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

      -- Rows are never deleted, so SQLite numbers them densely from 1 and gives no number twice.
      CREATE TABLE file (
        no INTEGER PRIMARY KEY, fs INTEGER NOT NULL, ino INTEGER NOT NULL, gen INTEGER NOT NULL,
        UNIQUE (fs, ino, gen)
      ) STRICT;

      -- path: one character a byte.
      CREATE TABLE task (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, cycle INTEGER NOT NULL,
        started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,
        UNIQUE (name, path)
      ) STRICT;

      -- id: task * 2^32 + chunk, so that a chunk is found without a second tree.
      CREATE TABLE done (id INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
      CREATE TABLE stamp (id INTEGER PRIMARY KEY, stamps BLOB NOT NULL) STRICT;

      CREATE TABLE partial (
        task INTEGER NOT NULL, no INTEGER NOT NULL, stamp INTEGER NOT NULL, segments BLOB NOT NULL,
        PRIMARY KEY (task, no)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE plugin_state (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
      ) STRICT, WITHOUT ROWID;
    `);
  },
  // Values beside the tree of keys: in it, SQLite reads all of a value that has pages of its own each time that it compares its key with another.
  (db) => {
    db.exec(`
      CREATE TABLE state_by_row (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
      ) STRICT;
      INSERT INTO state_by_row SELECT namespace, key, value FROM plugin_state ORDER BY namespace, key;
      DROP TABLE plugin_state;
      ALTER TABLE state_by_row RENAME TO plugin_state;
    `);
  },
];

/**
 * Brings the schema to the newest version, one transaction a step: killed in
 * between, the next open goes on where it stopped.
 */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const step = db.transaction((version: number) => {
    // Another process may have been quicker.
    if (schemaVersion(db) !== version) return;
    if (version === 0) db.pragma(`application_id = ${APPLICATION_ID}`);
    migrations[version](db);
    db.pragma(`user_version = ${version + 1}`);
  });
  for (let version = schemaVersion(db); version < migrations.length; version++) step.immediate(version);
}

/** Version of the schema in the database; 0 if it is empty. */
export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

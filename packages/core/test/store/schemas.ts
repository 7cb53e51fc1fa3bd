/** Tables that are as they were at first, and what was kept in all of them: files 1 and 3 are done, with the stamps 17 and 2^64 - 1; file 2 in part. */
const UNCHANGED = `
  CREATE TABLE fs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE file (
    no INTEGER PRIMARY KEY, fs INTEGER NOT NULL, ino INTEGER NOT NULL, gen INTEGER NOT NULL,
    UNIQUE (fs, ino, gen)
  ) STRICT;
  CREATE TABLE task (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, cycle INTEGER NOT NULL,
    started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,
    UNIQUE (name, path)
  ) STRICT;
  CREATE TABLE done (id INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
  CREATE TABLE stamp (id INTEGER PRIMARY KEY, stamps BLOB NOT NULL) STRICT;
  CREATE TABLE partial (
    task INTEGER NOT NULL, no INTEGER NOT NULL, stamp INTEGER NOT NULL, segments BLOB NOT NULL,
    PRIMARY KEY (task, no)
  ) STRICT, WITHOUT ROWID;`;
const ROWS = `
  INSERT INTO fs VALUES (1, 'uuid');
  INSERT INTO file VALUES (1, 1, 100, 4294967295), (2, 1, 101, 7), (3, 1, 9007199254740991, 0);
  INSERT INTO task VALUES (1, 'scrub', '/srv', 3, 1700000000000, 1600000000000), (2, 'backup', '/srv', 1, 1700000000000, 0);
  INSERT INTO done VALUES (4294967296, CAST(x'0a' || zeroblob(3999) AS BLOB));
  INSERT INTO stamp VALUES (4294967296, CAST(zeroblob(8) || x'1100000000000000' || zeroblob(8) || x'ffffffffffffffff' || zeroblob(3968) AS BLOB));
  INSERT INTO partial VALUES (1, 2, -2, x'05');
  INSERT INTO plugin_state VALUES ('scrub', 'key', x'00ff'), ('other', 'key', x'');`;

/**
 * A database as each earlier version of Duet left it: its tables as they were
 * made then, and what it kept. Written once and never changed: place i holds
 * schema version i + 1.
 */
export const SCHEMAS: readonly { readonly tables: string; readonly rows: string }[] = [
  {
    tables: `${UNCHANGED}
      CREATE TABLE plugin_state (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
      ) STRICT, WITHOUT ROWID;`,
    rows: ROWS,
  },
  {
    tables: `${UNCHANGED}
      CREATE TABLE plugin_state (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
      ) STRICT;`,
    rows: ROWS,
  },
];

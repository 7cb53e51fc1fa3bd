import { chmodSync, closeSync, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { DuetError, errnoOf } from '../model/index.js';
import { FileLock } from './file-lock.js';
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from './migrations.js';
import { setDatabaseAside } from './set-aside.js';
import { isCorrupt, stateError } from './state-error.js';
import type { StateFolder } from './state-folder.js';

/** Databases up to this size are checked as a whole on opening; larger ones would take seconds. */
const CHECK_BELOW_BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
/** How long to wait for another process that writes or is opening the database. */
const BUSY_TIMEOUT_MS = 30_000;
/** Room that the log keeps on the disk when it is empty. */
const LOG_BYTES = 32 * 1024 * 1024;

/** The database, opened for writing, and the lock that says so. */
export interface OpenDatabase {
  readonly db: Database;
  readonly inUse: FileLock;
  /** Where a damaged database was moved; null if it was sound. */
  readonly setAside: string | null;
}

/**
 * Opens the state database for writing: makes it if it is not there, brings its
 * schema up to date, sets it aside and begins a new one if it is damaged.
 *
 * Waits, so call it in the store's thread. One process at a time opens.
 *
 * @throws {DuetError} `DUET_ERR_STATE_OPEN`, `DUET_ERR_STATE_NEWER`, `DUET_ERR_STATE_FULL`;
 *   `DUET_ERR_STATE_CORRUPT` if it is damaged and another process has it open.
 */
export function openDatabase(folder: StateFolder): OpenDatabase {
  folder.prepare();
  let opening: FileLock | undefined;
  let db: Database | undefined;
  try {
    opening = waitForLock(folder.openLock);
    let setAside: string | null = null;
    if (existsSync(folder.damaged)) setAside = setDatabaseAside(folder);
    try {
      db = openSound(folder);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      setAside = setDatabaseAside(folder);
      db = openSound(folder);
    }
    const inUse = FileLock.tryLock(folder.useLock, 'shared');
    if (inUse === undefined) throw new Error(`${folder.useLock} is locked`);
    return { db, inUse, setAside };
  } catch (error) {
    db?.close();
    throw stateError(error, 'open', folder);
  } finally {
    opening?.release();
  }
}

function waitForLock(path: string): FileLock {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (const end = performance.now() + BUSY_TIMEOUT_MS; performance.now() < end; Atomics.wait(sleeper, 0, 0, 20)) {
    const lock = FileLock.tryLock(path, 'exclusive');
    if (lock !== undefined) return lock;
  }
  throw new Error(`another process has been opening it for ${BUSY_TIMEOUT_MS / 1000} s`);
}

function openSound(folder: StateFolder): Database {
  create(folder.database);
  const db = new SqliteDatabase(folder.database, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    check(db, folder.database);
    chmodSync(folder.database, 0o600);
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw new Error(`the file system of ${dirname(folder.database)} has no shared memory that SQLite could use`);
    db.pragma('synchronous = NORMAL');
    // The writer does it itself, when nobody waits.
    db.pragma('wal_autocheckpoint = 0');
    db.pragma(`journal_size_limit = ${LOG_BYTES}`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Makes the empty file before SQLite does, so that it is private from the start; -wal and -shm take their mode from it. */
function create(database: string): void {
  try {
    closeSync(openSync(database, 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  const folder = openSync(dirname(database), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Whether the database is ours, of a version that we know, and sound as far as can be told quickly. */
function check(db: Database, path: string): void {
  const { size } = statSync(path);
  const [logged, unmade] = ['-wal', '-journal'].map((log) => (statSync(path + log, { throwIfNoEntry: false })?.size ?? 0) > 0);
  // SQLite would delete the log of an empty database, and with it what was committed last.
  // A rollback journal, though, is there only while the database is being made: it says that there was nothing.
  if (size === 0 && logged) throw damaged('it is empty, but its log is not');
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  const application = db.pragma('application_id', { simple: true });
  if (application !== APPLICATION_ID && (application !== 0 || tables > 0)) throw new Error('it is the database of another program');
  const version = schemaVersion(db);
  if (version > MIGRATIONS.length) {
    throw new DuetError('DUET_ERR_STATE_NEWER', { operation: 'open the state database', path, message: `the state database ${path} has schema version ${version}; this version of Duet knows up to ${MIGRATIONS.length}` });
  }
  // SQLite takes a part of a page for a page, with zeros for the rest; a log would hold it whole.
  if (size % PAGE_BYTES !== 0 && !logged && !unmade) throw damaged('its last page is cut off');
  if (size >= CHECK_BELOW_BYTES) return;
  const verdict = db.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw damaged(String(verdict));
}

function damaged(why: string): Error {
  return Object.assign(new Error(why), { code: 'SQLITE_CORRUPT' });
}

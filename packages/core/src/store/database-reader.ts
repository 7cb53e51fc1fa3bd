import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import type { FileId, StateReader, TaskRow } from '../model/index.js';
import { TASK_COLUMNS, chunkId } from './database-writer.js';
import { isCorrupt, noteDamage, stateError } from './state-error.js';
import { stampsOf } from './stamp-chunks.js';
import type { StateFolder } from './state-folder.js';

/** Entries read at once: no read transaction lasts longer, which would keep the log from being reused. */
const PAGE_ENTRIES = 256;
/** How long "nothing kept yet" is believed before the database is asked again, for what other processes keep. */
const RECHECK_MS = 100;
/** How long the event loop may wait for another process that recovers the log. */
const BUSY_TIMEOUT_MS = 2000;

/**
 * Reads the database on the main thread, through a connection of its own. Each
 * call sees all that is committed.
 *
 * @throws {DuetError} all methods: `DUET_ERR_STATE_WRITE` if it cannot be read, `DUET_ERR_STATE_CORRUPT` if it is damaged.
 */
export class DatabaseReader {
  readonly #folder: StateFolder;
  readonly #db: Database;
  readonly #sql;
  readonly #states = new Map<string, NamespaceReader>();

  constructor(folder: StateFolder) {
    this.#folder = folder;
    const db = new SqliteDatabase(folder.database, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    db.pragma('cache_size = -4000');
    this.#db = db;
    this.#sql = {
      tasks: db.prepare(`SELECT ${TASK_COLUMNS} FROM task ORDER BY id`),
      file: db.prepare('SELECT fs.name AS fs, ino, gen FROM file JOIN fs ON fs.id = file.fs WHERE no = ?'),
      stamps: db.prepare('SELECT stamps FROM stamp WHERE id = ?').pluck(),
      anyState: db.prepare('SELECT EXISTS (SELECT 1 FROM plugin_state WHERE namespace = ?)').pluck(),
      value: db.prepare('SELECT value FROM plugin_state WHERE namespace = ? AND key = ?').pluck(),
      from: db.prepare(`SELECT key, value FROM plugin_state WHERE namespace = ? AND key >= ? ORDER BY key LIMIT ${PAGE_ENTRIES}`).raw(),
      after: db.prepare(`SELECT key, value FROM plugin_state WHERE namespace = ? AND key > ? ORDER BY key LIMIT ${PAGE_ENTRIES}`).raw(),
    };
  }

  tasks(): TaskRow[] {
    return this.#read(() => this.#sql.tasks.all() as TaskRow[]);
  }

  fileId(no: number): FileId | undefined {
    return this.#read(() => this.#sql.file.get(no) as FileId | undefined);
  }

  /** Stamps of one chunk of a task's files. */
  stamps(task: number, chunk: number): BigUint64Array | undefined {
    const blob = this.#read(() => this.#sql.stamps.get(chunkId(task, chunk)) as Buffer | undefined);
    return blob && stampsOf(blob);
  }

  state(namespace: string): NamespaceReader {
    let state = this.#states.get(namespace);
    if (state === undefined) {
      state = new NamespaceReader({
        any: () => this.#read(() => this.#sql.anyState.get(namespace) === 1),
        value: (key) => this.#read(() => this.#sql.value.get(namespace, key) as Buffer | undefined),
        page: (key, inclusive) => this.#read(() => (inclusive ? this.#sql.from : this.#sql.after).all(namespace, key) as [string, Buffer][]),
      });
      this.#states.set(namespace, state);
    }
    return state;
  }

  close(): void {
    this.#db.close();
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (isCorrupt(error)) noteDamage(this.#folder);
      throw stateError(error, 'read', this.#folder);
    }
  }
}

interface NamespaceQueries {
  any(): boolean;
  value(key: string): Uint8Array | undefined;
  /** Some entries from `key` on, in order; none if there are no more. */
  page(key: string, inclusive: boolean): [string, Uint8Array][];
}

/** Reads the plugin state of one namespace. */
export class NamespaceReader implements StateReader {
  readonly #query: NamespaceQueries;
  #any = false;
  #askAtMs = 0;

  constructor(query: NamespaceQueries) {
    this.#query = query;
  }

  get any(): boolean {
    if (!this.#any && performance.now() >= this.#askAtMs) {
      this.#any = this.#query.any();
      this.#askAtMs = performance.now() + RECHECK_MS;
    }
    return this.#any;
  }

  /** Something was committed under this namespace. */
  kept(): void {
    this.#any = true;
  }

  get(key: string): Uint8Array | undefined {
    return this.#query.value(key);
  }

  *entries(prefix: string): IterableIterator<[string, Uint8Array]> {
    let page = this.#query.page(prefix, true);
    while (page.length > 0) {
      for (const entry of page) {
        if (!entry[0].startsWith(prefix)) return;
        yield entry;
      }
      page = this.#query.page(page.at(-1)![0], false);
    }
  }
}

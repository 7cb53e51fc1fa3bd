import type { Commit, FileId, PartialFile, StateReader, Store, TaskRow } from '../model/index.js';
import { DatabaseReader } from './database-reader.js';
import { CHUNK_BYTES, DoneBitmap } from './done-bitmap.js';
import { LoadedDoneSet } from './loaded-done-set.js';
import { StateFolder } from './state-folder.js';
import { stateError } from './state-error.js';
import { StoreClient } from './store-client.js';
import { TaskLocks } from './task-locks.js';
import { packCommit } from './thread-calls.js';

/** Options of `openStore`. */
export interface StoreOptions {
  /** Folder of `duet.db`; made, for its owner only, if it is not there. */
  readonly folder: string;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number;
}

/**
 * Opens the state database, making it if need be.
 *
 * @throws {DuetError} `DUET_ERR_STATE_OPEN`, `DUET_ERR_STATE_NEWER`, `DUET_ERR_STATE_FULL`;
 *   `DUET_ERR_STATE_CORRUPT` only if it is damaged while another process has it open.
 */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  const folder = new StateFolder(options.folder);
  const client = new StoreClient();
  try {
    const { setAside } = await client.call('open', folder.path);
    return new SqliteStore(folder, client, setAside, options.now ?? Date.now);
  } catch (error) {
    await client.close();
    throw stateError(error, 'open', folder);
  }
}

/**
 * The state database in SQLite. Several processes may have it open, each with tasks of its own.
 *
 * @throws {DuetError} all methods: `DUET_ERR_STATE_FULL`, `DUET_ERR_STATE_WRITE`, `DUET_ERR_STATE_CORRUPT`;
 *   what was committed before is kept, and of what failed nothing.
 */
export class SqliteStore implements Store {
  /** Where a damaged database was moved on opening; null if it was sound. */
  readonly setAside: string | null;
  readonly #client: StoreClient;
  readonly #reader: DatabaseReader;
  readonly #locks: TaskLocks;
  readonly #now: () => number;
  #closed: Promise<void> | undefined;

  /** Use `openStore`. */
  constructor(folder: StateFolder, client: StoreClient, setAside: string | null, now: () => number) {
    this.#client = client;
    this.setAside = setAside;
    this.#reader = new DatabaseReader(folder);
    this.#locks = new TaskLocks(folder);
    this.#now = now;
  }

  async openTask(name: string, path: string): Promise<TaskRow> {
    const lock = this.#locks.take(name, path);
    try {
      const task = await this.#client.call('openTask', { name, path, nowMs: this.#now() });
      this.#locks.keep(task.id, lock);
      return task;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async releaseTask(task: number): Promise<void> {
    this.#locks.release(task);
  }

  tasks(): TaskRow[] {
    return this.#reader.tasks();
  }

  fileNumbers(fsNames: readonly string[], fs: Uint16Array, ino: Float64Array, gen: Uint32Array): Promise<Uint32Array> {
    return this.#client.call('fileNumbers', { fsNames, fs: fs.slice(), ino: ino.slice(), gen: gen.slice() });
  }

  fileId(no: number): FileId | undefined {
    return this.#reader.fileId(no);
  }

  /** Also of a task that another process runs; its stamps may then be newer than its bits. */
  async loadDone(task: number): Promise<LoadedDoneSet> {
    const stored = await this.#client.call('loadDone', task);
    const bits = new DoneBitmap();
    stored.chunks.forEach((chunk, i) => bits.put(chunk, stored.bits.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)));
    const partial = new Map<number, PartialFile>();
    stored.partialNos.forEach((no, i) => partial.set(no, { no, stamp: stored.partialStamps[i], segments: stored.segments[i] }));
    return new LoadedDoneSet(bits, (chunk) => this.#reader.stamps(task, chunk), partial);
  }

  async commit(commit: Commit): Promise<void> {
    if (commit.done.length + commit.partial.length > 0) this.#locks.check(commit.task);
    await this.#client.call('commit', packCommit(commit));
    if (commit.state.size > 0) this.#reader.state(commit.namespace).kept();
  }

  async resetDone(task: number, nos: readonly number[] | 'all'): Promise<void> {
    this.#locks.check(task);
    await this.#client.call('resetDone', { task, nos: nos === 'all' ? nos : Uint32Array.from(nos) });
  }

  async finishCycle(task: number): Promise<void> {
    this.#locks.check(task);
    await this.#client.call('finishCycle', { task, nowMs: this.#now() });
  }

  stateReader(namespace: string): StateReader {
    return this.#reader.state(namespace);
  }

  /** Commits what is under way, lets go of all tasks. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // First the reader: the last connection to go empties the log, and that must be the writer.
    this.#reader.close();
    try {
      await this.#client.close();
    } finally {
      this.#locks.releaseAll();
    }
  }
}

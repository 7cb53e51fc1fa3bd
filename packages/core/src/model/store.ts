import type { FileId } from './file-id.js';

/** One registered task in the state database. */
export interface TaskRow {
  readonly id: number;
  readonly name: string;
  /** Absolute path, as bytes in latin1 (see `BytePath`). */
  readonly path: string;
  /** Number of the cycle under way, from 1. */
  readonly cycle: number;
  /** Milliseconds since 1970 when it was last started; when the last cycle ended (0: never). */
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** A file whose processing is durable: its number and the stamp of its size, mtime and ctime when processed. */
export interface DoneFile {
  readonly no: number;
  readonly stamp: bigint;
}

/** Finished segments of files that are not finished: bit i stands for segment i. */
export interface PartialFile {
  readonly no: number;
  readonly stamp: bigint;
  readonly segments: Uint8Array;
}

/** Everything that one checkpoint of one task makes durable, in one transaction. A task that is not open in this process may only commit `state`. */
export interface Commit {
  readonly task: number;
  /** Whose keys `state` holds: the plugin's name. */
  readonly namespace: string;
  readonly done: readonly DoneFile[];
  /** Replaces what was kept for these files; no segments: forgets them. What was kept of a file in `done` goes by itself. */
  readonly partial: readonly PartialFile[];
  /** The plugin's state: key to value, null to delete. */
  readonly state: ReadonlyMap<string, Uint8Array | null>;
}

/** Done bits and stamps of one task, loaded into memory. */
export interface DoneSet {
  has(no: number): boolean;
  /** Stamp recorded when the file became done; 0n if it is not. */
  stamp(no: number): bigint;
  /** Number of files done. */
  readonly size: number;
  readonly partial: ReadonlyMap<number, PartialFile>;
}

/** A plugin's durable keys and values. Changes wait in memory for the next checkpoint; reads see them at once. */
export interface PluginState {
  get(key: string): Uint8Array | undefined;
  set(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /** In the order of the keys' UTF-8 bytes. */
  entries(prefix: string): IterableIterator<[string, Uint8Array]>;
}

/** What a plugin's state needs of the database. */
export interface StateReader {
  get(key: string): Uint8Array | undefined;
  entries(prefix: string): IterableIterator<[string, Uint8Array]>;
  /** False while nothing was ever kept under this namespace: saves a look-up a file. */
  readonly any: boolean;
}

/**
 * The state database, as the other stages see it.
 *
 * Writing happens in a thread of its own. What a commit, a reset or the end of
 * a cycle changes is on the disk when its promise resolves. Numbers of files
 * are on the disk with the first commit after them.
 */
export interface Store {
  /** The task of that name and path, made if it is not there, and locked to this process. @throws {DuetError} `DUET_ERR_TASK_RUNNING` */
  openTask(name: string, path: string): Promise<TaskRow>;
  /** Lets other processes open the task. */
  releaseTask(task: number): Promise<void>;
  tasks(): TaskRow[];
  /** Dense numbers of files, given ones that have none. `fs[i]` indexes `fsNames`. */
  fileNumbers(fsNames: readonly string[], fs: Uint16Array, ino: Float64Array, gen: Uint32Array): Promise<Uint32Array>;
  /** Identity of a numbered file. */
  fileId(no: number): FileId | undefined;
  loadDone(task: number): Promise<DoneSet>;
  commit(commit: Commit): Promise<void>;
  /** Makes files not done, and forgets finished segments of theirs; `all`: of every file, the cycle begins anew. Durable when it resolves. */
  resetDone(task: number, nos: readonly number[] | 'all'): Promise<void>;
  /** Ends the cycle: forgets all done bits of the task and counts one on. */
  finishCycle(task: number): Promise<void>;
  stateReader(namespace: string): StateReader;
  close(): Promise<void>;
}

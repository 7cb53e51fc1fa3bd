import type { Commit, DuetError, TaskRow } from '../model/index.js';
import type { ErrorCode } from '../model/index.js';

/** A commit as it travels to the thread: a few flat arrays, which are moved and not copied. */
export interface PackedCommit {
  readonly task: number;
  readonly namespace: string;
  readonly done: Uint32Array;
  readonly stamps: BigUint64Array;
  readonly partialNos: Uint32Array;
  readonly partialStamps: BigUint64Array;
  readonly segments: readonly Uint8Array[];
  readonly keys: readonly string[];
  /** Bytes of each key's value; -1 to delete the key. */
  readonly lengths: Int32Array;
  /** All values, one after the other. */
  readonly values: Uint8Array;
}

/** Files to be numbered; `fs[i]` indexes `fsNames`. */
export interface FilesToNumber {
  readonly fsNames: readonly string[];
  readonly fs: Uint16Array;
  readonly ino: Float64Array;
  readonly gen: Uint32Array;
}

/** Done bits of a task as stored: chunk numbers, and the bits of each, one after the other. */
export interface StoredDone {
  readonly chunks: readonly number[];
  readonly bits: Uint8Array;
  readonly partialNos: Uint32Array;
  readonly partialStamps: BigUint64Array;
  readonly segments: readonly Uint8Array[];
}

/** What the main thread asks of the store's thread. Calls are served one at a time, in the order made. */
export interface ThreadCalls {
  open(folder: string): { readonly setAside: string | null };
  openTask(task: { readonly name: string; readonly path: string; readonly nowMs: number }): TaskRow;
  fileNumbers(files: FilesToNumber): Uint32Array;
  loadDone(task: number): StoredDone;
  commit(commit: PackedCommit): void;
  resetDone(reset: { readonly task: number; readonly nos: Uint32Array | 'all' }): void;
  finishCycle(cycle: { readonly task: number; readonly nowMs: number }): void;
  close(): void;
}

export interface ThreadRequest {
  readonly id: number;
  readonly call: keyof ThreadCalls;
  readonly argument: unknown;
}

/** An error as it travels between threads. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly details: { readonly operation: string; readonly message: string; readonly path?: string; readonly hint: string };
  readonly cause?: { readonly message: string; readonly code?: string };
}

export type ThreadReply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: PackedError };

/** Packs `commit`; copies all of it, so that the caller may change what it passed. */
export function packCommit(commit: Commit): PackedCommit {
  const lengths = new Int32Array(commit.state.size);
  const keys: string[] = [];
  let total = 0;
  for (const [key, value] of commit.state) {
    lengths[keys.length] = value === null ? -1 : value.length;
    total += value?.length ?? 0;
    keys.push(key);
  }
  const values = new Uint8Array(total);
  let at = 0;
  for (const value of commit.state.values()) {
    if (value === null) continue;
    values.set(value, at);
    at += value.length;
  }
  // A loop: `from` walks an iterator, which takes several times as long.
  const done = new Uint32Array(commit.done.length);
  const stamps = new BigUint64Array(commit.done.length);
  for (let i = 0; i < done.length; i++) {
    done[i] = commit.done[i].no;
    stamps[i] = commit.done[i].stamp;
  }
  return {
    task: commit.task,
    namespace: commit.namespace,
    done, stamps,
    partialNos: Uint32Array.from(commit.partial, (file) => file.no),
    partialStamps: BigUint64Array.from(commit.partial, (file) => file.stamp),
    segments: commit.partial.map((file) => new Uint8Array(file.segments)),
    keys, lengths, values,
  };
}

/** Buffers of the typed arrays directly in `message`, to be moved rather than copied. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  const values: unknown[] = message !== null && typeof message === 'object' && !ArrayBuffer.isView(message) ? Object.values(message) : [message];
  const buffers = values.filter((value) => ArrayBuffer.isView(value)).map((view) => view.buffer as ArrayBuffer);
  return [...new Set(buffers)];
}

/** Packs an error; its cause keeps message and code. */
export function packError(error: DuetError): PackedError {
  const { code, operation, message, path, hint, cause } = error;
  const details = path === undefined ? { operation, message, hint } : { operation, message, path, hint };
  if (!(cause instanceof Error)) return { code, details };
  const causeCode = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {};
  return { code, details, cause: { message: cause.message, ...causeCode } };
}

import type { BytePath } from '@duet/core';
import type { FileState } from '../record/record.js';

/** What one job asks of a hashing thread. */
export interface HashJob {
  /** Relative to the root of the pool. */
  readonly path: BytePath;
  /** The file's inode number: another file under this name counts as vanished. */
  readonly ino: number;
  /** The file's `st_dev`, kernel encoding; 0: any. */
  readonly dev: number;
  /** First byte; a multiple of a segment's length, unless it is a `part`. */
  readonly offset: number;
  /** Bytes; a whole file is read to its end, whatever its size is by now. */
  readonly bytes: number;
  /** Hash the file as a whole, and each segment of one over 8 MiB; else only the segments that begin in the range. */
  readonly whole: boolean;
  /** With `whole`: the range is a part of the file, and comes when the one before has been answered; digests are the answer to the last. The thread keeps what is between two. */
  readonly part: boolean;
  /** Cached pages may stand for the disk. */
  readonly trustCache: boolean;
  /** Also read the attributes that cshatag keeps. */
  readonly attributes: boolean;
}

/** Digest and mtime that cshatag keeps with a file, as they stand there; undefined where absent. */
export interface ShatagText {
  readonly sha256: string | undefined;
  readonly ts: string | undefined;
}

/** What a job that could be carried out found. */
export interface HashedFile {
  readonly outcome: 'hashed';
  /** The file before and after the reading, the same. */
  readonly state: FileState;
  readonly whole: Uint8Array | undefined;
  /** Digests of neighbouring segments, from number `offset` / 8 MiB, or of all with `whole`. */
  readonly segments: readonly Uint8Array[];
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  /** The disk was read past the cache. */
  readonly direct: boolean;
  /** Some of what was read had not come from the disk, and could not be read past the cache. */
  readonly fromMemory: boolean;
  /**
   * The file may have changed after the reading without its times telling: it
   * was written within a clock tick of it (before Linux 6.13 times are no
   * finer), or had dirty pages that could not be flushed. A later difference
   * then proves nothing.
   */
  readonly unsettled: boolean;
  readonly attributes: ShatagText | undefined;
}

/** Why a job could not be carried out; `broken`: it is a part of a file of which an earlier part failed. */
export interface HashFailure {
  readonly outcome: 'vanished' | 'changing' | 'failed' | 'broken' | 'aborted';
  /** Errno name of `failed`. */
  readonly errno: string;
  /** Byte offset that could not be read; undefined if the file could not be opened. */
  readonly offset: number | undefined;
  /** Size and times, where the file could be opened. */
  readonly state: FileState | undefined;
}

export type HashResult = HashedFile | HashFailure;

/** Asks to write cshatag's attributes of a file, if it still is in `state`. */
export interface TagJob {
  readonly path: BytePath;
  readonly ino: number;
  readonly state: FileState;
  readonly sha256: string;
}

/** The file's state afterwards (ctime moved), or the errno name of what refused it; `ESTALE`: it is in another state. */
export type TagResult = { readonly state: FileState } | { readonly errno: string };

/** What a thread takes and gives back; `id` pairs the two. */
export type ThreadRequest =
  | { readonly type: 'hash'; readonly id: number; readonly jobs: JobColumns }
  | { readonly type: 'tag'; readonly id: number; readonly job: TagJob }
  | { readonly type: 'close' };
export type ThreadReply =
  | { readonly type: 'hash'; readonly id: number; readonly results: ResultColumns }
  | { readonly type: 'tag'; readonly id: number; readonly result: TagResult };

/** Jobs as columns: one message and few objects for many small files. */
export interface JobColumns {
  /** Paths, one after the other with a NUL between. */
  readonly paths: string;
  /** For each job: inode, device, offset, bytes and bits. */
  readonly numbers: Float64Array;
}

/** Results as columns, in the order of the jobs. */
export interface ResultColumns {
  /** For each job: outcome, size, bytes from the cache, bytes from the disk, bits, segments, offset of a failure (-1: none). */
  readonly numbers: Float64Array;
  /** For each job: mtime and ctime in nanoseconds. */
  readonly times: BigInt64Array;
  readonly digests: Uint8Array;
  /** Errno names and attributes of those jobs that have some, by number. */
  readonly errno: ReadonlyMap<number, string>;
  readonly attributes: ReadonlyMap<number, ShatagText>;
}

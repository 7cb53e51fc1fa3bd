import type { BytePath, FileStat } from '@duet/core';

/** Bytes of a segment: files larger than this have a digest for each one, so that damage is found to within 8 MiB. */
export const SEGMENT_BYTES = 8 * 1024 * 1024;

/** Bytes of a SHA-256 digest. */
export const DIGEST_BYTES = 32;

/** What tells whether a program changed a file: size in bytes, times in nanoseconds since 1970. */
export type FileState = FileStat;

/** Other content was read than was recorded. */
export interface Mismatch {
  readonly kind: 'mismatch';
  /** Milliseconds since 1970 when it was last seen. */
  readonly atMs: number;
  /** First byte of the piece concerned; undefined where only the file as a whole has a digest. */
  readonly offset: number | undefined;
  readonly recorded: Uint8Array;
  readonly read: Uint8Array;
}

/** The file could not be read, or did not hold still. */
export interface ReadFailure {
  readonly kind: 'read';
  readonly atMs: number;
  readonly offset: number | undefined;
  /** Errno name, such as `EIO`. */
  readonly errno: string;
}

export type OpenProblem = Mismatch | ReadFailure;

/**
 * What scrub keeps about a file. Segments of files over 8 MiB stand apart
 * (see `RecordBook`).
 */
export interface ScrubRecord extends FileState {
  /** Absolute; one of its names. */
  readonly path: BytePath;
  readonly ino: number;
  /**
   * Milliseconds since 1970 when the content was last read from the disk and
   * found right; 0: never. Files with segments have it for each of them, and 0 here.
   */
  readonly verifiedAtMs: number;
  /** SHA-256 of the whole file; files that came in segments have none until `export` makes it. */
  readonly whole: Uint8Array | undefined;
  /** Whether `whole` came from a list and was not compared yet. */
  readonly imported: boolean;
  /** Whether a difference from `whole` proves nothing (see `HashedFile`). */
  readonly unsettled: boolean;
  /** What is wrong with it, until a later pass finds it right or `accept` takes it. */
  readonly problem: OpenProblem | undefined;
}

/** What is kept about one segment. */
export interface SegmentRecord {
  readonly digest: Uint8Array;
  /** Milliseconds since 1970, in whole seconds, when it was last found right on the disk; 0: never. */
  readonly verifiedAtMs: number;
  /** Whether a difference from `digest` proves nothing (see `HashedFile`). */
  readonly unsettled: boolean;
}

/** Whether size and times are the same. */
export function sameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** Whether two digests are the same; an absent one is not. */
export function sameDigest(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

/** How many segments a file of `size` bytes has: none up to 8 MiB. */
export function segmentsOf(size: number): number {
  return size > SEGMENT_BYTES ? Math.ceil(size / SEGMENT_BYTES) : 0;
}

/** A digest as people compare it. */
export function hex(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex');
}

import type { FileRef } from '../model/index.js';

/** A part of a file that is, or is about to be, in the page cache. In bytes. */
export interface CachedRange {
  readonly file: FileRef;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The page cache as a run uses it: how much of it, and what becomes of what
 * the run brought in. Sync: called between units.
 */
export interface RunCache {
  /** How much may be brought in and not yet consumed by all tasks, now. Infinity: no bound. */
  budgetBytes(): number;
  /** How much the cache can take now without evicting anything; Infinity if that is not known. */
  headroomBytes(): number;
  /** The range is about to be read, for the first task of those that need it; some of it is not cached yet. */
  admit(range: CachedRange): void;
  /** No task needs a range that was admitted any more: what was not cached before may go. */
  release(range: CachedRange): void;
}

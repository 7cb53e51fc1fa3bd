import type { PageSink } from './page-sink.js';

/** Where page events come from. */
export type SourceKind = 'tracefs' | 'cachestat' | 'replay' | 'none';

/** Counters of a source since its start. */
export interface SourceCounters {
  /** Events handed to the sink. */
  readonly events: number;
  /** Events that the kernel dropped because a buffer was full. */
  readonly lost: number;
}

/**
 * A place page events come from.
 *
 * `sweeps` says that the source has no events of its own: the session compares
 * the cache state of files with what it was, again and again. All calls are
 * synchronous and none waits for the kernel.
 */
export interface Source {
  readonly kind: SourceKind;
  readonly sweeps: boolean;
  /**
   * Also report events of the file system with superblock `dev` (kernel
   * encoding) from now on. `inodes` says that those of other inodes are not
   * wanted: a source may leave them out, and need not. For each file system the
   * last call counts.
   */
  follow(fs: { readonly dev: number; readonly fsType: string }, inodes?: readonly number[]): void;
  /**
   * Hands events that are waiting to `sink`, in the order of time, for at most
   * about `budgetMs`; true if more are waiting. Those from `untilNs` on
   * (CLOCK_MONOTONIC) wait for the next call.
   */
  drain(sink: PageSink, budgetMs: number, untilNs?: number): boolean;
  counters(): SourceCounters;
  /** Descriptors that are readable while events wait; absent where only `drain` can tell. */
  readonly descriptors?: readonly number[];
  /**
   * No event is wanted any more: begins to give back what takes its time, so
   * that `stop`, which is still due, has little to wait for. Absent where it has
   * nothing to wait for.
   */
  retire?(): void;
  /** Disables and removes all that it set up. Safe to call twice. */
  stop(): void;
}

import type { Group } from './groups.js';

/** What a workload process is told first. */
export interface WorkloadStart {
  readonly kind: 'start';
  readonly seed: number;
  /** Number of the process; its files' names start with it. */
  readonly worker: number;
  /** Folders below the watched path, and others of the same file system, absolute. */
  readonly watched: readonly string[];
  readonly outside: readonly string[];
  /** Large files that all processes share; they are never removed. */
  readonly shared: readonly string[];
  readonly groups: readonly Group[];
  /** Where each operation is written down. */
  readonly history: string;
}

export type ToWorkload = WorkloadStart | { readonly kind: 'burst'; readonly operations: number } | { readonly kind: 'stop' };

/** The answer to each message but `stop`. */
export interface FromWorkload {
  readonly kind: 'done';
  /** Operations so far, and those that the kernel refused. */
  readonly operations: number;
  readonly refused: number;
}

import type { BytePath, ErrorCode, FileStat } from '@duet/core/model';
import type { SkipReason } from '../refusal/skip-reason.js';

/** A file to be defragmented. */
export interface DefragJob {
  /** Relative to the task's path. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
  /** Fewer fragments than this are good enough. */
  readonly minExtents: number;
  /** Whether files with shared extents are moved too, which ends the sharing. */
  readonly shared: boolean;
  /** Whether all of it is read back from the disk afterwards, past the cache. */
  readonly verify: boolean;
}

/** The file lies in a better place, with the same content. */
export interface Moved {
  readonly kind: 'moved';
  readonly before: number;
  readonly after: number;
  readonly cost: MoveCost;
}

/** What moving took. */
export interface MoveCost {
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  /** How the file was before and, unless it changed, after. */
  readonly seen: FileStat;
}

/** It was left as it was; `fragments` where that was looked at. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly reason: SkipReason;
  readonly fragments: number;
}

/** A program wrote to it meanwhile: what was done may be in vain, and the content is that program's. */
export interface Changed {
  readonly kind: 'changed';
  readonly cost: MoveCost;
}

/** A problem with the file, which the run reports and goes on. */
export interface Failed {
  readonly kind: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
  readonly offset?: number;
}

export type DefragOutcome = Moved | Skipped | Changed | Failed | { readonly kind: 'aborted' };

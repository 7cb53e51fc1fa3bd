import type { FileRef, FileStat } from './file-ref.js';

/** Why a unit was picked: cached pages, another task had it read, nothing cached, or the disk itself has to be read. */
export type UnitReason = 'cached' | 'inflight' | 'cold' | 'direct';

/** What a task processes at once: a whole file, or one segment of a large one. */
export interface Unit {
  readonly file: FileRef;
  /** First byte. 0 for a whole file. */
  readonly offset: number;
  /** Length in bytes; 0 for an empty file. */
  readonly bytes: number;
  /** Whether the unit is the whole file. */
  readonly whole: boolean;
  /** Set for a segment of a file that the plugin goes on with (`continues`): so it was asked when the file was found. */
  readonly continued?: boolean;
  /** Bytes of it that were cached when it was picked: a hint. */
  readonly cachedBytes: number;
  /**
   * Bytes of it that have to be read from the disk, where the run counts them
   * itself: of what the task says in the end only the sum matters then. Absent:
   * what the task says counts.
   */
  readonly uncachedBytes?: number | undefined;
  /**
   * Whether cached pages of the unit may stand for what is on the disk: all of
   * them were read from it and not written since. Where false, a task that
   * tests the disk reads with O_DIRECT what is cached.
   */
  readonly cacheIsFromDisk: boolean;
  readonly reason: UnitReason;
}

/** What processing a unit cost: bytes that were in the cache when read, and bytes that came from the disk. */
export interface UnitCost {
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  /** Set where the disk was read past the cache. */
  readonly direct?: boolean;
  /**
   * Size and times of the file when its processing ended, where the plugin
   * looked itself, before and after, or changed them (extended attributes move
   * ctime): the done stamp is made of them. Where absent, the core looks.
   */
  readonly seen?: FileStat;
  /** With `seen`, where the plugin changed it itself after it had read: size and times as they were until then. */
  readonly readAs?: FileStat;
  /** Set where the unit could not be processed for a reason that is nobody's fault: its file is not done, and counts as skipped. */
  readonly skipped?: string;
}

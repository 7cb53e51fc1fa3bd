import type { BytePath, Problem, SourceKind, UnitReason } from '../model/index.js';
import type { ExplainEvent } from './explain-event.js';

/** What a run reports while it goes on. Byte counts are bytes, times milliseconds; `atMs` is CLOCK_MONOTONIC. */
export type RunEvent =
  | { readonly type: 'start'; readonly tasks: readonly string[]; readonly source: SourceKind; readonly path: BytePath; readonly filesTotal: number; readonly bytesTotal: number }
  | { readonly type: 'scan'; readonly files: number; readonly bytes: number; readonly complete: boolean }
  | { readonly type: 'unit'; readonly task: string; readonly path: BytePath; readonly offset: number; readonly bytes: number; readonly cachedBytes: number; readonly reason: UnitReason; readonly ms: number; readonly atMs: number }
  | ({ readonly type: 'progress' } & TaskProgress)
  | ({ readonly type: 'problem'; readonly task: string } & Problem)
  | { readonly type: 'lost'; readonly events: number; readonly filesReread: number }
  | { readonly type: 'checkpoint'; readonly task: string; readonly filesDone: number; readonly bytesDone: number }
  | { readonly type: 'enough'; readonly task: string; readonly reason: string }
  | { readonly type: 'joined'; readonly task: string }
  | ({ readonly type: 'deadline' } & DeadlineFigures)
  | ExplainEvent;

/** A deadline that cannot be met, told early and once, or that has passed (`missed`), told once too. Rates are bytes a second. */
export interface DeadlineFigures {
  readonly task: string;
  readonly missed: boolean;
  readonly bytesLeft: number;
  /** The rate that it would take; null once the deadline has passed. */
  readonly neededBytesPerSecond: number | null;
  /** The rate that the task makes while it is at work. */
  readonly bytesPerSecond: number;
}

/** How far a task is. Bytes and files done count earlier, interrupted runs of the same cycle too. */
export interface TaskProgress {
  readonly task: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
}

/** What one task did in a run. */
export interface TaskSummary {
  readonly task: string;
  /** Files that the task wants, met below the path. */
  readonly filesTotal: number;
  /** Processed in this run, durably. */
  readonly filesDone: number;
  /** Wanted and not processed: done in an earlier run of the cycle, or left for a later one. */
  readonly filesSkipped: number;
  readonly filesFailed: number;
  readonly bytes: number;
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  readonly problems: number;
  /** Whether the cycle came to its end; false after `enough`, an abort or a failure. */
  readonly cycleComplete: boolean;
}

/** What a run cost and saved. */
export interface RunSummary {
  /** 0 done, 1 problems found, 130/143 stopped, others by the error that ended it. */
  readonly exitCode: number;
  readonly wallMs: number;
  /** Bytes that the block device below the path read meanwhile; null where that cannot be told. */
  readonly deviceBytesRead: number | null;
  /** Bytes that the tasks would have read one by one, cache ignored. */
  readonly bytesAlone: number;
  /** Longest time that the event loop was held up. */
  readonly eventLoopMaxMs: number;
  readonly tasks: readonly TaskSummary[];
}

/** One task of a run. */
export interface TaskRequest {
  /** Name of a registered plugin. */
  readonly plugin: string;
  /** Options as given, before the plugin's schema. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Milliseconds from when the task is started, or joins, by which it should be done; default: the run's. */
  readonly deadlineMs?: number;
}

/** Options of a run. */
export interface RunOptions {
  readonly tasks: readonly TaskRequest[];
  /** Absolute, resolved. */
  readonly path: BytePath;
  /** Globs relative to the path, for all tasks. */
  readonly exclude?: readonly string[];
  /** `cached` (default): cached first, then in on-disk order; `path`: by name, the cache ignored. */
  readonly order?: 'cached' | 'path';
  /** Say what would be done; read and write nothing. */
  readonly dryRun?: boolean;
  /** Begin the cycle anew: forget what earlier, interrupted runs did. */
  readonly reset?: boolean;
  /** Whether `unit` events are wanted. Default true; without them a run of many small files is lighter. */
  readonly units?: boolean;
  /** Leave what the run brought into the page cache there. Default: what no task needs any more is dropped, and only that. */
  readonly keepCache?: boolean;
  /** Share of the time, in percent, in which other programs may wait for the disk: as they wait more, less is read. 0: no pace. Default 20. */
  readonly ioPressurePercent?: number;
  /** Most bytes that the tasks together read from the disk in a second; 0 or absent: no bound. */
  readonly bandwidthBytesPerSecond?: number;
  /**
   * Milliseconds from now by which the tasks should be done; 0 or absent: as
   * soon as possible. Until it has to, a task with a deadline reads nothing
   * that is not cached or read for another one.
   */
  readonly deadlineMs?: number;
  /** Whether `explain` events are wanted: why each unit was picked, and from what. Default false. */
  readonly explain?: boolean;
  /**
   * This Duet is closed after the run, and has no other session until then:
   * what happens to pages and names is followed until the last unit is done, so
   * that what the kernel takes its time to give back is gone when the tasks have
   * finished. Default false; of no effect while there is another run, or a session.
   */
  readonly isLast?: boolean;
}

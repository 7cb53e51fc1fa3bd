import type { Observable } from 'rxjs';
import type { BytePath, Logger, SourceKind } from './model/index.js';
import type { Plugin } from './plugin/definition.js';
import type { RunEvent, RunOptions, RunSummary, TaskRequest } from './worker/run-event.js';
import type { Session, SessionCounters, SessionOptions } from './session/session-types.js';

/** Options of `Duet.open`. */
export interface DuetOptions {
  /** Folder of the state database; null keeps state in memory only. */
  readonly stateDir: string | null;
  /** Default `auto`: tracefs if it can be used, else cachestat. */
  readonly source?: 'auto' | 'tracefs' | 'cachestat' | 'none';
  readonly plugins?: readonly Plugin[];
  readonly logger?: Logger;
  /** At most this many sessions at once, 1 to 8. Default 8. */
  readonly maxTasks?: number;
}

/** A run under way. */
export interface Run {
  readonly events$: Observable<RunEvent>;
  /** Resolves when all is over and cleaned up; rejects with a `DuetError` that ended it. */
  readonly done: Promise<RunSummary>;
  /**
   * Adds a task to the run, after its `start` event: it shares what the others still need to
   * read, and reads what it missed. The run ends when all tasks are done.
   * Resolves when the task takes part.
   *
   * @throws {DuetError} `DUET_ERR_USAGE` if the run is over or has not begun, `DUET_ERR_TASK_UNKNOWN`, `DUET_ERR_TASK_RUNNING`,
   *   `DUET_ERR_TASKS_MAX`, or what the plugin's `open` fails with; the run goes on then.
   */
  join(task: TaskRequest): Promise<void>;
  /** Ends the run after a checkpoint; `done` then resolves with this exit code. */
  stop(exitCode: number): void;
}

/** What is going on in this process. Others ask for it with `processStatuses`, as `duet status` does. */
export interface DuetStatus {
  readonly source: SourceKind;
  readonly maxTasks: number;
  readonly events: { readonly events: number; readonly lost: number };
  readonly sessions: readonly { readonly id: number; readonly name: string; readonly path: BytePath; readonly mask: number; readonly counters: SessionCounters }[];
}

/** The framework, opened. */
export interface Duet {
  /** Source in use. */
  readonly source: SourceKind;
  /** Where a corrupt state database was set aside on opening; null if it was sound. */
  readonly stateSetAside: string | null;
  register(options: SessionOptions): Session;
  run(options: RunOptions): Run;
  status(): DuetStatus;
  close(): Promise<void>;
}

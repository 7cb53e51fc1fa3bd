import type { BytePath, DoneSet, Duet, DuetOptions, DuetStatus, FileId, FileRef, Logger, Plugin, PluginState, ProcessStatus, Scanner, TaskRow } from '@duet/core';
import type { Check } from './doctor/check.js';

/** A task in the state database, and the process in which it runs. */
export interface TaskState extends TaskRow {
  /** Null if it does not run; 0 if it runs in a process that is not known. */
  readonly runningPid: number | null;
}

/** The state database, to look at. */
export interface StateView {
  readonly stateDir: string;
  tasks(): readonly TaskState[];
  loadDone(task: number): Promise<DoneSet>;
  fileId(no: number): FileId | undefined;
  close(): Promise<void>;
}

/** What a command of a plugin works on. */
export interface PluginWorkspace {
  readonly state: PluginState;
  /** @throws {DuetError} `DUET_ERR_PATH_MISSING` */
  fileNumber(path: BytePath): Promise<{ file: FileRef; no: number }>;
  /** Makes durable what was set. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

/** A trace to write page events to, or to take them from. */
export interface TraceOptions {
  /** File that the page events are recorded in. */
  readonly record?: string;
  /** Recorded trace that stands in for the source. */
  readonly replay?: string;
}

/**
 * What the commands need of the framework. Loaded when first used, because
 * `--help` should not wait for SQLite; tests give a fake one.
 */
export interface Framework {
  openDuet(options: DuetOptions, trace?: TraceOptions): Promise<Duet>;
  /** Has this process run on CPU time that nobody else wants, for good. */
  workWhenIdle(): void;
  openScanner(path: BytePath): Promise<Scanner>;
  /** Undefined if there is no database yet: looking makes none. @throws {DuetError} `DUET_ERR_STATE_OPEN`, `DUET_ERR_STATE_CORRUPT` */
  viewState(stateDir: string): Promise<StateView | undefined>;
  /** What the processes that use this state folder say of themselves. */
  processStatuses(stateDir: string): Promise<ProcessStatus<DuetStatus>[]>;
  openWorkspace(stateDir: string, plugin: Plugin, logger: Logger): Promise<PluginWorkspace>;
  checks(stateDir: string): AsyncIterable<Check>;
}

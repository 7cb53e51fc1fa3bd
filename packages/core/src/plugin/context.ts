import type { BytePath, Logger, PluginState, Problem, Unit } from '../model/index.js';

/** Names a dependency that a plugin takes from its container, and its type. */
export interface Token<T> {
  readonly description: string;
  /** Never set; carries the type. */
  readonly type?: T;
}

/** Makes a token; two calls make two tokens. */
export function token<T>(description: string): Token<T> {
  return Object.freeze({ description });
}

/** What a task needs of its files, by when. */
export interface TaskDeclaration {
  /** How much suffices of what it still needs, from now on: each that is given has to be reached. Absent: all. */
  readonly needed?: { readonly files?: number; readonly bytes?: number };
  /** Milliseconds from now by which it should be done. Absent: the deadline of the run, if it has one. */
  readonly deadlineMs?: number;
}

/** What a plugin works with during one cycle. */
export interface PluginContext<Config> {
  /** Options, checked by the plugin's schema and with defaults filled in. */
  readonly config: Config;
  /** Absolute path of the task, the file or folder that it works on. */
  readonly path: BytePath;
  /** Globs of what the run leaves out below the path, as `RunOptions.exclude`: no such file is found; for plugins that walk the path themselves. */
  readonly exclude: readonly string[];
  /** Aborted when the run is to end; its hooks then settle as soon as they can. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Durable keys and values of this plugin: what is set here and the done bits become durable together. */
  readonly state: PluginState;
  /** Milliseconds since 1970; virtual in tests. */
  now(): number;
  /**
   * The content of a unit in pieces of at most 1 MiB, read in order; counts
   * what came from the cache and what from the disk. With `into` the pieces are
   * no longer than it, and lie in it: each takes the place of the one before.
   *
   * @throws {DuetError} `DUET_ERR_READ`, `DUET_ERR_VANISHED`
   */
  read(unit: Unit, into?: Buffer): AsyncIterable<Buffer>;
  /** Reports something wrong with a file, and the run goes on; it ends with exit code 1. */
  problem(problem: Problem): void;
  /** Says that this cycle needs no more units, but for the rest of files that the plugin is going on with (`continues`): what was not processed stays for the next run, and `finish` is not called. */
  enough(reason: string): void;
  /**
   * Says that work goes on that takes long (another program's, say): a hook is
   * taken for one that hangs when it neither settles nor says this for a while.
   */
  alive(): void;
  /**
   * Says what suffices, and by when, at any time; takes the place of what was
   * declared before. A task to which some of its files suffice gets those that
   * cost least: cached ones, and those that other tasks read anyway. It is done
   * with its cycle when it has them, and the next one begins anew.
   */
  declare(declaration: TaskDeclaration): void;
  /** A dependency from the task's own container; tests replace any of them. */
  resolve<T>(token: Token<T>): T;
  /** Makes a dependency known to the task's container, unless one is there already. */
  provide<T>(token: Token<T>, make: () => T): void;
}

/** What a finished cycle looked like, for `finish`. */
export interface CycleSummary {
  /** Files that the walk met and `accepts` took, done in this cycle, earlier runs included. */
  readonly filesDone: number;
  readonly filesFailed: number;
  /** Whether file number `no` was met below the path in this cycle. */
  met(no: number): boolean;
}

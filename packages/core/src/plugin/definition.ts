import type { z } from 'zod';
import type { BytePath, EventName, FileRef, Item, PluginState, Logger, Unit, UnitCost } from '../model/index.js';
import type { CycleSummary, PluginContext } from './context.js';

/** How much a task takes at once. */
export interface AtOnce {
  readonly units: number;
  readonly bytes: number;
  /** Bytes of units that have to be read from the disk: fewer, so that one which turns up in the cache does not wait behind many. */
  readonly coldBytes: number;
}

/**
 * What a plugin does, one set for each cycle of each task.
 *
 * All hooks of one set run in the order `open`, then `accepts`, `process`,
 * `modified` and `checkpoint` as the cycle goes, then `finish` if the cycle
 * came to its end, then `close`, also after a failed `open`.
 */
export interface PluginHooks {
  /** Prepares; nothing else runs before it settles. Async, once. */
  open?(): Promise<void> | void;
  /** Whether the task wants this file. Sync and pure: called again when a file changes or moves, or is looked at more closely. */
  accepts?(file: FileRef): boolean;
  /**
   * Length in bytes of the segments in which the task takes a large file; 0:
   * the whole file at once. Sync and pure; asked of large files only, since
   * small ones are always whole. All tasks of a run share pieces of a large
   * file, of 1 to 16 MiB: what is given here is taken up to a multiple of
   * these. Default, and undefined: one piece.
   */
  segmentBytes?(file: FileRef): number | undefined;
  /**
   * Whether the task goes on with this large file where it ended, by what it
   * has in memory: its segments come in ascending order, the next when the one
   * before has been processed, and a cycle that was interrupted begins the file
   * anew. Sync, and the same each time; asked as `segmentBytes` is. Default: no.
   */
  continues?(file: FileRef): boolean;
  /**
   * How much the task takes at once: units, and their bytes, but always a few
   * units. Sync; asked each time that more may be given. For plugins that
   * process units in batches, of which the next has to be there when one ends.
   * Default: 256 units, 16 MiB, 4 MiB of them cold.
   */
  atOnce?(): AtOnce;
  /**
   * Processes one unit. Async, several at once, and idempotent: a unit comes
   * again if the process died before its checkpoint, or if its file changed.
   * A rejection with a `DuetError` of exit code 1 (`DUET_ERR_READ`, say) is a
   * problem with that file; any other ends the task.
   */
  process(unit: Unit): Promise<UnitCost | void>;
  /** All units that the task still needs are in process: none comes before one of them fails or a file changes. Sync; for plugins that collect units, which need not wait for more. */
  allGiven?(): void;
  /** A done file changed: what the plugin keeps about it is out of date. Sync. */
  modified?(file: FileRef): void;
  /** The page events that `events` asks for, in batches. Sync. */
  items?(items: readonly Item[]): void;
  /** Whether enough was done since the last checkpoint for another one. Sync, asked several times a second; in the end there is one in any case. Default: always. */
  checkpointDue?(): boolean;
  /** Makes the effects of all settled `process` calls durable; the done bits are committed after it. Async, one at a time. */
  checkpoint?(): Promise<void> | void;
  /** All files of the cycle are done. Async, once, before the last checkpoint. One that is interrupted rejects with the signal's reason: the next run finishes the cycle. */
  finish?(cycle: CycleSummary): Promise<void> | void;
  /** Lets go of everything that `open` took. Async, once, always. */
  close?(): Promise<void> | void;
}

/** What a command of a plugin (`duet scrub report`) works with. */
export interface CommandContext {
  /** Positional arguments and options, by name, as declared. */
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly state: PluginState;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly json: boolean;
  now(): number;
  /** Number of the file at an absolute path, given one if it has none. @throws {DuetError} `DUET_ERR_PATH_MISSING` */
  fileNumber(path: BytePath): Promise<{ file: FileRef; no: number }>;
  /** Writes one result: text as a line, with `--json` the object as a line. */
  print(text: string, object: Readonly<Record<string, unknown>>): void;
  /** Writes raw bytes to stdout. */
  write(bytes: Uint8Array): void;
}

/** A command of a plugin: `duet PLUGIN NAME …`. */
export interface PluginCommand {
  readonly name: string;
  readonly summary: string;
  /** Such as `<path>` or `[file]`, in commander's spelling; the name without brackets is the key in `args`. A last one such as `<paths...>` takes any number, and is a list there. */
  readonly args?: readonly { readonly name: string; readonly summary: string }[];
  /** Such as `--all` or `--since <time>`, in commander's spelling; the camel-cased long name is the key in `options`. One that is `repeatable` may be given several times, and is a list there. */
  readonly options?: readonly { readonly flags: string; readonly summary: string; readonly repeatable?: boolean }[];
  /** Resolves to the exit code. State that it set is committed afterwards. */
  run(context: CommandContext): Promise<number>;
}

/** A plugin as its author writes it. */
export interface PluginDefinition<Schema extends z.ZodObject> {
  /** In kebab-case; what `duet run NAME` calls. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Range of @duet/core versions that it works with, such as `^0.1.0`. */
  readonly core: string;
  /** Options: a strict zod object; each with `.describe()`, for `--help`. Values from the command line are strings: use `z.coerce`. */
  readonly config: Schema;
  /** Page events that the `items` hook wants. */
  readonly events?: readonly EventName[];
  /** Whether the segments of a file have to come in ascending order, the next when the one before has been processed. Default: in any order, several at once. */
  readonly inOrder?: boolean;
  /** Whether `accepts` leaves out most files in later cycles, those that did not change: then a scan begins by not looking at what is cached of them. Default: no; it finds out. */
  readonly incremental?: boolean;
  /** Makes the hooks for one cycle. Does nothing else: `open` prepares. */
  create(ctx: PluginContext<z.output<Schema>>): PluginHooks;
  readonly commands?: readonly PluginCommand[];
}

/** A plugin, checked, with the type of its options forgotten. */
export interface Plugin {
  readonly name: string;
  readonly summary: string;
  readonly core: string;
  readonly config: z.ZodObject;
  readonly events: readonly EventName[];
  readonly inOrder: boolean;
  readonly incremental: boolean;
  create(ctx: PluginContext<never>): PluginHooks;
  readonly commands: readonly PluginCommand[];
}

import { isGentle } from '@duet/core/model';
import type { BytePath, Duet, DuetOptions, Run, RunOptions } from '@duet/core';
import { pathArgument, resolvePath } from '../arguments/path-argument.js';
import { checkSettings, settingsOf } from '../arguments/set-option.js';
import type { Setting } from '../arguments/set-option.js';
import { usageError } from '../arguments/usage-error.js';
import type { Invocation } from '../invocation.js';
import { configOf } from '../plugins/option-schema.js';
import { jsonReporter } from '../run-reporters/json-reporter.js';
import type { RunReporter } from '../run-reporters/reporter.js';
import { stateSetAside } from '../state-set-aside.js';

/** Options of `duet run`. */
export interface RunCommandOptions {
  readonly path: string;
  readonly set: readonly Setting[];
  readonly exclude: readonly string[];
  readonly deadline?: number;
  readonly dryRun?: boolean;
  readonly explain?: boolean;
  readonly reset?: boolean;
  readonly keepCache?: boolean;
  readonly ioPressure?: number;
  readonly bandwidth?: number;
  readonly source: NonNullable<DuetOptions['source']>;
  readonly order: NonNullable<RunOptions['order']>;
}

/** What a shell reports for a process that wrote to a pipe nobody reads. */
const EXIT_READER_GONE = 141;

/** One cycle of one or more tasks. Resolves to the exit code. */
export async function runCommand(tasks: readonly string[], options: RunCommandOptions, invocation: Invocation): Promise<number> {
  // What is wrong with these is told before anything is begun.
  checkTasks(tasks);
  checkSettings(options.set, tasks);
  invocation.catalog.check(tasks);
  const path = resolvePath(pathArgument(options.path));
  // From here on a signal must not leave anything behind.
  const stops = new StopRequest(invocation);
  try {
    return await runUntil(stops, tasks, path, options, invocation);
  } finally {
    stops.dispose();
  }
}

async function runUntil(stops: StopRequest, tasks: readonly string[], path: BytePath, options: RunCommandOptions, invocation: Invocation): Promise<number> {
  const { environment, catalog } = invocation;
  const gentle = isGentle(options.ioPressure ?? 0);
  // As early as can be, and before the first thread starts: threads inherit it.
  if (gentle) (await environment.framework()).workWhenIdle();
  else {
    // What takes longest first.
    await catalog.begin(tasks, (task) => settingsOf(task, options.set));
    await environment.startThreads();
  }
  const plugins = await catalog.loadSome(tasks);
  const requests = plugins.map((plugin) => ({ plugin: plugin.name, config: configOf(plugin, settingsOf(plugin.name, options.set)) }));
  // Nothing outside of this process is made for options that are not usable.
  if (!gentle) await environment.openAhead(options.source);
  const reporter = await reporterOf(invocation, options.dryRun === true);
  let duet: Duet | undefined;
  try {
    const framework = await environment.framework();
    duet = await framework.openDuet({ stateDir: invocation.stateDir, source: options.source, plugins, logger: await invocation.logger() });
    // Going on with an empty database would forget what is recorded: the user is told, and runs again.
    if (duet.stateSetAside !== null) throw stateSetAside(invocation.stateDir, duet.stateSetAside);
    if (stops.exitCode !== undefined) return stops.exitCode;
    const run = duet.run({ ...runOptionsOf(options), tasks: requests, path, units: invocation.verbose });
    stops.passTo(run);
    const events = run.events$.subscribe({
      next: (event) => reporter.event(event),
      // `done` rejects with it.
      error: () => undefined,
    });
    const summary = await run.done;
    events.unsubscribe();
    reporter.finish(summary);
    return summary.exitCode;
  } finally {
    reporter.close();
    await duet?.close();
  }
}

/** What asked the run to stop: a signal, or that nobody reads its output any more. */
class StopRequest {
  #run: Run | undefined;
  #exitCode: number | undefined;
  readonly #takeBack: readonly (() => void)[];

  constructor({ environment, quiet }: Invocation) {
    this.#takeBack = [
      environment.interrupts.onInterrupt((exitCode) => {
        if (!quiet) environment.stderr.write('duet: stopping after a checkpoint; once more to stop at once\n');
        this.#stop(exitCode);
      }),
      environment.stdout.onGone(() => this.#stop(EXIT_READER_GONE)),
    ];
  }

  /** Exit code that the request stands for; undefined while there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  passTo(run: Run): void {
    this.#run = run;
    if (this.#exitCode !== undefined) run.stop(this.#exitCode);
  }

  dispose(): void {
    for (const take of this.#takeBack) take();
  }

  #stop(exitCode: number): void {
    this.#exitCode ??= exitCode;
    this.#run?.stop(this.#exitCode);
  }
}

function checkTasks(tasks: readonly string[]): void {
  const twice = tasks.find((task, index) => tasks.indexOf(task) !== index);
  if (twice !== undefined) throw usageError(`task '${twice}' is named twice`);
}

function runOptionsOf({ exclude, order, dryRun, explain, reset, deadline, keepCache, ioPressure, bandwidth }: RunCommandOptions): Omit<RunOptions, 'tasks' | 'path'> {
  return {
    exclude,
    order,
    isLast: true,
    dryRun: dryRun === true,
    reset: reset === true,
    ...(explain === true ? { explain } : {}),
    ...(keepCache === true ? { keepCache } : {}),
    ...(ioPressure === undefined ? {} : { ioPressurePercent: ioPressure }),
    ...(bandwidth === undefined ? {} : { bandwidthBytesPerSecond: bandwidth }),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
  };
}

async function reporterOf(invocation: Invocation, dryRun: boolean): Promise<RunReporter> {
  const { environment, json, quiet, verbose } = invocation;
  const { stdout, stderr, liveTerminal } = environment;
  if (json) return jsonReporter(stdout, verbose);
  const options = { stdout, stderr, verbose, quiet, dryRun, now: () => environment.now() };
  if (liveTerminal === undefined || quiet) return (await import('../run-reporters/plain-reporter.js')).plainReporter(options);
  return (await import('../run-reporters/live-reporter.js')).liveReporter(options, liveTerminal);
}

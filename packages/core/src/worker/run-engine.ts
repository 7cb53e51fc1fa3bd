import { Subject, Subscription, asyncScheduler, interval, type SchedulerLike } from 'rxjs';
import { DuetError, ExitCode, joinPath, toDisplay } from '../model/index.js';
import type { BytePath, Logger, SourceKind, Store } from '../model/index.js';
import { Planner } from '../planner/index.js';
import type { Plugin } from '../plugin/index.js';
import { FETCH_INTERVAL_MS } from '../session/index.js';
import type { HubSession, SessionHub } from '../session/index.js';
import { DeadlineWatch } from './deadline-watch.js';
import { LoopWatch } from './loop-watch.js';
import { PageFollower } from './page-follower.js';
import type { FileReader } from './file-reader.js';
import type { RunEvent, RunOptions, RunSummary } from './run-event.js';
import type { TaskContainer } from './task-container.js';
import { TaskRun } from './task-run.js';

/** How often what was done is made durable, and progress is told, in milliseconds. */
const CHECKPOINT_MS = 250;
const PROGRESS_MS = 500;
/** Longest that the first unit waits for the scan to end, in milliseconds: of a tree that takes longer, what is found goes first. */
const START_AFTER_MS = 600;

/** Units given out in one turn of the event loop, so that it stays short. */
const UNITS_PER_TURN = 64;
/** How often the path is scanned again because files were gone when their turn came: they may have other names by now. */
const MAX_RESCANS = 3;

/** What a run works with. */
export interface EngineOptions {
  readonly run: RunOptions;
  readonly plugins: readonly Plugin[];
  readonly hub: SessionHub;
  readonly source: SourceKind;
  readonly store: Store;
  readonly reader: FileReader;
  readonly container: (plugin: Plugin) => TaskContainer;
  readonly logger: Logger;
  /** Bytes that the device below the path has read so far; null where that cannot be told. */
  readonly deviceBytes: () => number | null;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly scheduler?: SchedulerLike;
}

/**
 * One cycle of one or more tasks over one path: scans it, follows what is
 * cached, gives out units, and ends when every task has what it needs.
 */
export class RunEngine {
  readonly events$ = new Subject<RunEvent>();
  readonly #options: EngineOptions;
  readonly #planner: Planner;
  readonly #tasks: TaskRun[] = [];
  readonly #subscriptions = new Subscription();
  readonly #containers: TaskContainer[] = [];
  readonly #scheduler: SchedulerLike;
  readonly #deadline: DeadlineWatch;
  #session: HubSession | undefined;
  /** Sessions of the plugins that want page events of their own. */
  readonly #watches: HubSession[] = [];
  #pages: PageFollower | undefined;
  #started = false;
  /** What happened before the start was told. */
  readonly #held: RunEvent[] = [];
  #scanned = false;
  #rescanning = false;
  /** Whether suspects are being probed. */
  #settling = false;
  #rescans = 0;
  #stopCode: number | undefined;
  #failure: DuetError | undefined;
  #advanceQueued = false;
  #ending = false;
  #end: () => void = () => undefined;
  #startedMs = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    const { hub, run } = options;
    this.#deadline = new DeadlineWatch(run.deadlineMs ?? 0, options.logger);
    const root = run.path;
    const pathOf = (slot: number): BytePath => hub.index.pathUnder(slot, root) ?? root;
    this.#planner = new Planner(
      run.order === 'path'
        ? { order: 'given', compareFiles: (a, b) => (pathOf(a) < pathOf(b) ? -1 : 1) }
        : { order: 'cached' },
    );
  }

  /** Runs the cycle. Rejects with what ended it early, after a checkpoint and with everything closed. */
  async run(): Promise<RunSummary> {
    const loop = new LoopWatch();
    loop.start();
    this.#startedMs = this.#options.monotonicMs();
    const deviceBefore = this.#options.deviceBytes();
    try {
      this.#makeTasks();
      await this.#open();
      await this.#work();
      await this.#finish();
    } catch (error) {
      this.#failure ??= asDuetError(error);
    } finally {
      await this.#close();
    }
    if (this.#failure !== undefined) {
      this.events$.complete();
      throw this.#failure;
    }
    const deviceAfter = this.#options.deviceBytes();
    const tasks = this.#tasks.map((task) => task.summary());
    this.events$.complete();
    return {
      exitCode: this.#stopCode ?? (tasks.some((task) => task.problems > 0) ? ExitCode.PROBLEMS : ExitCode.DONE),
      wallMs: this.#options.monotonicMs() - this.#startedMs,
      deviceBytesRead: deviceBefore === null || deviceAfter === null ? null : deviceAfter - deviceBefore,
      bytesAlone: tasks.reduce((sum, task) => sum + task.bytes, 0),
      eventLoopMaxMs: loop.stop(),
      tasks,
    };
  }

  /** Ends the run after a checkpoint; it then has this exit code. */
  stop(exitCode: number): void {
    this.#stopCode ??= exitCode;
    for (const task of this.#tasks) task.abort(new Error('the run was stopped'));
    this.#advance();
  }

  #makeTasks(): void {
    const { run, plugins, hub, store, reader, logger, now, monotonicMs } = this.#options;
    for (const [i, request] of run.tasks.entries()) {
      const plugin = plugins[i];
      const container = this.#options.container(plugin);
      this.#containers.push(container);
      this.#tasks.push(
        new TaskRun({
          plugin,
          config: request.config ?? {},
          path: run.path,
          number: this.#planner.addTask(),
          planner: this.#planner,
          hub,
          store,
          container,
          reader,
          logger,
          now,
          monotonicMs,
          emit: (event) => this.#emit(event),
          tellUnits: run.units !== false,
          advance: () => this.#advance(),
          fail: (error) => this.#fail(error),
        }),
      );
    }
  }

  async #open(): Promise<void> {
    const { run } = this.#options;
    for (const task of this.#tasks) await task.open(run.reset === true && run.dryRun !== true);
    if (this.#stopCode !== undefined) return;
    const cached = run.order !== 'path' && this.#options.source !== 'none';
    const session = this.#options.hub.register(
      { name: 'planner', path: run.path, events: ['exists', 'dirty'], ...(run.exclude === undefined ? {} : { exclude: run.exclude }) },
      { internal: true, followNew: false, scan: { residency: cached, physical: run.order !== 'path' } },
    );
    this.#session = session;
    this.#pages = new PageFollower(session, this.#planner, this.#tasks);
    this.#listen(session);
    for (const [i, { events, name }] of this.#options.plugins.entries()) {
      if (events.length === 0) continue;
      const own = this.#options.hub.register({ name, path: run.path, events, ...(run.exclude === undefined ? {} : { exclude: run.exclude }) });
      this.#watches.push(own);
      this.#subscriptions.add(
        own.items$.subscribe({
          next: (items) => {
            try {
              this.#tasks[i].items(items);
            } catch (error) {
              this.#fail(asDuetError(error));
            }
          },
          error: (error: unknown) => this.#fail(asDuetError(error)),
        }),
      );
    }
  }

  #listen(session: HubSession): void {
    const { run } = this.#options;
    const failed = (error: unknown): void => this.#fail(asDuetError(error));
    const add = (subscription: Subscription): void => this.#subscriptions.add(subscription);
    add(
      session.found$.subscribe(({ slots, physical }) => {
        this.#meet(slots, physical);
        this.#pages?.poll();
        this.#advance();
      }),
    );
    add(
      session.problems$.subscribe(({ path, errno, operation }) => {
        const shown = toDisplay(joinPath(run.path, path));
        for (const task of this.#tasks) task.scanProblem({ path, code: 'DUET_ERR_READ', message: `cannot ${operation} ${shown}: ${errno}` });
      }),
    );
    add(
      session.scanned$.subscribe({
        next: () => {
          this.#scanned = true;
          this.#rescanning = false;
          this.#begin();
        },
        error: failed,
      }),
    );
    add(session.moved$.subscribe((slot) => this.#tasks.forEach((task) => task.suspect(slot))));
    add(session.lost$.subscribe({ next: (lost) => this.#emit({ type: 'lost', ...lost }), error: failed }));
    add(
      interval(FETCH_INTERVAL_MS, this.#scheduler).subscribe(() => {
        this.#pages?.poll();
        this.#advance();
      }),
    );
    add(interval(PROGRESS_MS, this.#scheduler).subscribe(() => this.#tellProgress()));
    add(
      interval(CHECKPOINT_MS, this.#scheduler).subscribe(() => {
        for (const task of this.#tasks) {
          task.checkOverdue();
          if (!this.#started) continue;
          task.checkpoint().catch((error: unknown) => this.#fail(asDuetError(error)));
        }
      }),
    );
    add(this.#scheduler.schedule(() => this.#begin(), START_AFTER_MS));
  }

  #meet(slots: readonly number[], physical: Float64Array): void {
    const { hub, run } = this.#options;
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row];
      const file = hub.ref(slot, run.path);
      let wanted = false;
      for (const task of this.#tasks) if (task.meet(slot, file, physical[row])) wanted = true;
      if (!wanted && this.#session !== undefined) hub.table.setRelevant(slot, this.#session.id, false);
    }
  }

  /** Tells what there is to do, and lets cold units go: cached ones go as soon as they are found. */
  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#planner.allowCold();
    const { run, source } = this.#options;
    const progress = this.#tasks.map((task) => task.progress());
    this.events$.next({
      type: 'start',
      tasks: this.#tasks.map((task) => task.name),
      source,
      path: run.path,
      filesTotal: Math.max(0, ...progress.map((task) => task.filesTotal)),
      bytesTotal: Math.max(0, ...progress.map((task) => task.bytesTotal)),
    });
    for (const event of this.#held.splice(0)) this.events$.next(event);
    this.#pages?.poll();
    this.#advance();
  }

  /** Tells what happened; not before it was told that the run starts, and of what. */
  #emit(event: RunEvent): void {
    if (this.#started) this.events$.next(event);
    else this.#held.push(event);
  }

  #work(): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
      this.#advance();
    });
  }

  /** Gives out units, soon: many settlements make one round. */
  #advance(): void {
    if (this.#advanceQueued || this.#ending) return;
    this.#advanceQueued = true;
    setImmediate(() => {
      this.#advanceQueued = false;
      try {
        this.#dispatch();
      } catch (error) {
        this.#fail(asDuetError(error));
      }
    });
  }

  #dispatch(): void {
    if (this.#ending) return;
    const dryRun = this.#options.run.dryRun === true;
    const stopped = this.#stopCode !== undefined || this.#failure !== undefined || (dryRun && this.#scanned);
    if (!stopped && !dryRun) {
      let left = UNITS_PER_TURN;
      for (const task of this.#tasks) {
        while (task.hasRoom && left > 0) {
          const pick = this.#planner.next(task.number, this.#options.monotonicMs());
          if (pick === undefined) break;
          task.start(pick);
          left--;
        }
      }
      if (left === 0) this.#advance();
    }
    if (this.#tasks.some((task) => task.busy > 0)) return;
    if (stopped || (this.#scanned && !this.#rescanning && this.#tasks.every((task) => task.isOver) && !this.#moreToDo())) {
      this.#ending = true;
      this.#end();
    }
  }

  /** Looks again at what may have changed meanwhile; true while that is under way. */
  #moreToDo(): boolean {
    const { hub } = this.#options;
    if (!hub.settled) return true;
    if (!this.#settling) {
      const suspects = this.#tasks.flatMap((task) => [...task.suspects]);
      if (suspects.length > 0) {
        this.#settling = true;
        hub.probe(suspects);
        return true;
      }
    }
    this.#settling = false;
    for (const task of this.#tasks) task.settleSuspects();
    if (this.#tasks.some((task) => !task.isOver)) {
      this.#advance();
      return true;
    }
    if (this.#session !== undefined && this.#rescans < MAX_RESCANS && this.#tasks.filter((task) => task.takeVanished()).length > 0) {
      this.#rescans++;
      this.#rescanning = true;
      hub.rescan(this.#session);
      return true;
    }
    return false;
  }

  async #finish(): Promise<void> {
    this.#subscriptions.unsubscribe();
    if (this.#options.run.dryRun === true) return;
    for (const task of this.#tasks) await task.checkpoint();
    if (this.#failure !== undefined || this.#stopCode !== undefined) return;
    for (const task of this.#tasks) await task.finish();
  }

  async #close(): Promise<void> {
    this.#subscriptions.unsubscribe();
    const failed = this.#failure !== undefined;
    for (const task of this.#tasks.toReversed()) {
      task.abort(new Error('the run is over'));
      try {
        // What was processed before the failure is not lost.
        if (failed) await task.checkpoint();
      } catch (error) {
        this.#options.logger.debug(`the last checkpoint of ${task.name} failed: ${String(error)}`);
      }
      try {
        await task.close();
      } catch (error) {
        this.#failure ??= asDuetError(error);
      }
    }
    this.#session?.close();
    for (const own of this.#watches) own.close();
    this.#tellProgress();
    for (const container of this.#containers.toReversed()) await container.dispose();
    this.#options.reader.close();
  }

  #tellProgress(): void {
    if (!this.#started) return;
    const elapsedMs = this.#options.monotonicMs() - this.#startedMs;
    for (const task of this.#tasks) {
      const progress = task.progress();
      this.events$.next({ type: 'progress', ...progress });
      if (this.#scanned) this.#deadline.check(progress, task.summary().bytes, elapsedMs);
    }
  }

  #fail(error: DuetError): void {
    if (this.#failure === undefined) this.#failure = error;
    for (const task of this.#tasks) task.abort(error);
    this.#advance();
  }
}

function asDuetError(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new DuetError('DUET_ERR_INTERNAL', { operation: 'run the tasks', message: `something went wrong inside Duet: ${why}`, cause: error });
}

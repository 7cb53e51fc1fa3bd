import { Subject } from 'rxjs/internal/Subject';
import { Subscription } from 'rxjs/internal/Subscription';
import { asyncScheduler } from 'rxjs/internal/scheduler/async';
import { interval } from 'rxjs/internal/observable/interval';
import type { SchedulerLike } from 'rxjs';
import { DuetError, ExitCode, joinPath, PAGE_BYTES, toDisplay } from '../model/index.js';
import type { BytePath, Logger, SourceKind, Store } from '../model/index.js';
import { Planner } from '../planner/index.js';
import type { Plugin } from '../plugin/index.js';
import { FETCH_INTERVAL_MS } from '../session/index.js';
import type { HubSession, SessionHub } from '../session/index.js';
import { granuleBytesFor } from './granule.js';
import { meetKnown } from './joiner.js';
import { LoopWatch } from './loop-watch.js';
import { PageFollower } from './page-follower.js';
import { PluginWatches } from './plugin-watches.js';
import type { FileReader } from './file-reader.js';
import type { CachedRange, RunCache } from './run-cache.js';
import type { ColdGate } from './cold-gate.js';
import type { RunEvent, RunOptions, RunSummary, TaskRequest } from './run-event.js';
import type { TaskContainer } from './task-container.js';
import { Skimming } from './skimming.js';
import { TaskRun } from './task-run.js';
import { WhenOpen } from './when-open.js';

/** How often it is asked whether checkpoints are due, progress is told, and it is asked how much the cache takes, in milliseconds. */
const CHECKPOINTS_MS = 250;
const PROGRESS_MS = 500;
const CACHE_MS = 100;
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
  /** Called when no page event is wanted any more, before the tasks finish. */
  readonly worked?: () => void;
  /** How much of the page cache the run may use; absent: no bound, and what it brought in stays. */
  readonly cache?: RunCache;
  /** When what is not cached may be read; absent: always. */
  readonly gate?: ColdGate;
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
  readonly #granuleBytes: number;
  #session: HubSession | undefined;
  readonly #watches: PluginWatches;
  #pages: PageFollower | undefined;
  #started = false;
  /** What happened before the start was told. */
  readonly #held: RunEvent[] = [];
  #skimming: Skimming | undefined;
  /** Whether the walk of the path is over, and how many looks at what it skimmed over are not. */
  #walked = false;
  #looks = 0;
  #scanned = false;
  /** Whether files were gone when they were looked at. */
  #missed = false;
  #rescanning = false;
  /** Whether the path has to be scanned again for a task that joined. */
  #rescanDue = false;
  /** Whether the scan met files that no task wanted. */
  #leftOut = false;
  readonly #whenOpen = new WhenOpen();
  /** Tasks that are about to join. */
  #joining = 0;
  /** Whether suspects are being probed. */
  #settling = false;
  #rescans = 0;
  #stopCode: number | undefined;
  #failure: DuetError | undefined;
  #advanceQueued = false;
  /** Whether the scan is over, so that the run itself reads nothing until its tasks are open. */
  #isQuiet = false;
  /** When the gate is asked again in any case, and what does it. */
  #askAgainAtMs: number | undefined;
  #asking: Subscription | undefined;
  #ending = false;
  #end: () => void = () => undefined;
  #startedMs = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    const { hub, run } = options;
    this.#watches = new PluginWatches(hub, run, (error) => this.#fail(asDuetError(error)));
    const root = run.path;
    const pathOf = (slot: number): BytePath => hub.index.pathUnder(slot, root) ?? root;
    const { cache } = options;
    this.#granuleBytes = granuleBytesFor(cache?.bounds().capacityBytes ?? Infinity);
    this.#planner = new Planner({
      ...(run.order === 'path' ? { order: 'given', compareFiles: (a, b) => (pathOf(a) < pathOf(b) ? -1 : 1) } : { order: 'cached' }),
      explain: run.explain === true,
      ...(cache === undefined ? {} : { consumed: (unit) => cache.release(this.#rangeOf(unit)) }),
      ...(options.gate === undefined ? {} : { admitted: (unit) => this.#spend(unit) }),
    });
    this.#askCache();
  }

  /** Runs the cycle. Rejects with what ended it early, after a checkpoint and with everything closed. */
  async run(): Promise<RunSummary> {
    const loop = new LoopWatch();
    loop.start();
    this.#startedMs = this.#options.monotonicMs();
    const deviceBefore = this.#options.deviceBytes();
    try {
      for (const [i, request] of this.#options.run.tasks.entries()) this.#tasks.push(this.#makeTask(request, this.#options.plugins[i]));
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

  /**
   * Adds a task to the run under way. It meets the files that are known, takes
   * part in what the others still need, and reads what it missed; the run ends
   * when all tasks are over. Resolves when it has met them.
   *
   * @throws {DuetError} `DUET_ERR_USAGE` if the run is over, `DUET_ERR_TASKS_MAX`, and what opening a task throws; the run goes on then.
   */
  async join(request: TaskRequest, plugin: Plugin): Promise<void> {
    if (!this.#whenOpen.isOpen || this.#isOver) throw cannotJoin(plugin, this.#whenOpen.isOpen ? 'is over' : 'has not begun');
    this.#joining++;
    try {
      const task = this.#makeTask(request, plugin);
      try {
        await task.open(this.#options.run.reset === true);
        if (this.#isOver) throw cannotJoin(plugin, 'is over');
        this.#watches.add(task, plugin);
      } catch (error) {
        this.#planner.removeTask(task.number);
        await task.close();
        throw asDuetError(error);
      }
      this.#tasks.push(task);
      this.#emit({ type: 'joined', task: task.name });
      await meetKnown(task, this.#planner, this.#options.hub, this.#options.run.path, () => this.#isOver);
      if (!this.#scanned || this.#leftOut) this.#rescanDue = true;
      this.#rescanIfDue();
    } finally {
      this.#joining--;
      this.#advance();
    }
  }

  get #isOver(): boolean {
    return this.#ending || this.#stopCode !== undefined || this.#failure !== undefined;
  }

  #makeTask(request: TaskRequest, plugin: Plugin): TaskRun {
    const { run, hub, store, reader, logger, now, monotonicMs } = this.#options;
    const container = this.#options.container(plugin);
    this.#containers.push(container);
    const runDeadlineMs = run.deadlineMs === undefined || run.deadlineMs === 0 ? Infinity : this.#startedMs + run.deadlineMs;
    return new TaskRun({
      plugin,
      config: request.config ?? {},
      path: run.path,
      exclude: run.exclude ?? [],
      planner: this.#planner,
      granuleBytes: this.#granuleBytes,
      deadlineMs: request.deadlineMs === undefined ? runDeadlineMs : monotonicMs() + request.deadlineMs,
      hub,
      store,
      container,
      reader,
      ...(this.#options.cache === undefined ? {} : { cache: this.#options.cache }),
      logger,
      now,
      monotonicMs,
      emit: (event) => this.#emit(event),
      tellUnits: run.units !== false,
      advance: () => this.#advance(),
      fail: (error) => this.#fail(error),
    });
  }

  async #open(): Promise<void> {
    const { run } = this.#options;
    // All at once: one may wait for a key to be derived while another one asks a remote. None is closed before all have settled.
    // The scan begins meanwhile, and what it finds waits for them.
    const opening = this.#tasks.map((task) => task.open(run.reset === true && run.dryRun !== true));
    await allSettled([...opening, (async () => this.#scan())()]);
    if (this.#stopCode !== undefined) return;
    for (const [i, task] of this.#tasks.entries()) this.#watches.add(task, this.#options.plugins[i]);
    await this.#whenOpen.open(() => this.#isOver);
    this.#poll();
  }

  /** Begins to look for files, and follows them. */
  #scan(): void {
    const { run } = this.#options;
    const cached = run.order !== 'path' && this.#options.source !== 'none';
    const physical = run.order !== 'path';
    if (physical) this.#skimming = new Skimming(this.#tasks.every((task) => task.wantsLittle));
    const session = this.#options.hub.register(
      { name: 'planner', path: run.path, events: ['exists', 'dirty'], ...(run.exclude === undefined ? {} : { exclude: run.exclude }) },
      { internal: true, followNew: false, scan: { residency: cached, physical, ...(this.#skimming && { skim: this.#skimming.skim }) } },
    );
    this.#session = session;
    this.#pages = new PageFollower(session, this.#planner, this.#tasks, this.#options.cache);
    this.#listen(session);
  }

  #listen(session: HubSession): void {
    const { run } = this.#options;
    const open = this.#whenOpen;
    const failed = (error: unknown): void => open.do(() => this.#fail(asDuetError(error)));
    const add = (subscription: Subscription): void => this.#subscriptions.add(subscription);
    add(
      session.found$.subscribe(({ slots, physical, isCloser }) =>
        open.do(() => {
          this.#meet(slots, physical, isCloser);
          this.#poll();
          this.#advance();
        }),
      ),
    );
    add(
      session.problems$.subscribe(({ path, errno, operation }) => {
        const shown = toDisplay(joinPath(run.path, path));
        open.do(() => {
          for (const task of this.#tasks) task.scanProblem({ path, code: 'DUET_ERR_READ', message: `cannot ${operation} ${shown}: ${errno}` });
        });
      }),
    );
    add(
      session.scanned$.subscribe({
        next: () => {
          // Not after a scan that skims: what is wanted is looked at once more.
          this.#isQuiet = this.#skimming?.isOn !== true;
          open.do(() => {
            this.#walked = true;
            this.#allMet();
          });
        },
        error: failed,
      }),
    );
    add(session.moved$.subscribe((slot) => open.do(() => this.#tasks.forEach((task) => task.suspect(slot)))));
    add(
      session.left$.subscribe((slot) =>
        open.do(() => {
          for (const task of this.#tasks) task.left(slot);
          this.#planner.removeFile(slot);
        }),
      ),
    );
    add(session.lost$.subscribe({ next: (lost) => this.#emit({ type: 'lost', ...lost }), error: failed }));
    add(
      interval(FETCH_INTERVAL_MS, this.#scheduler).subscribe(() => {
        this.#poll();
        this.#advance();
      }),
    );
    if (this.#options.cache !== undefined) add(interval(CACHE_MS, this.#scheduler).subscribe(() => this.#askCache()));
    add(interval(PROGRESS_MS, this.#scheduler).subscribe(() => this.#tellProgress()));
    add(
      interval(CHECKPOINTS_MS, this.#scheduler).subscribe(() => {
        for (const task of this.#tasks) {
          task.checkOverdue();
          if (!this.#started) continue;
          task.checkpointIfDue().catch((error: unknown) => this.#fail(asDuetError(error)));
        }
      }),
    );
    const beginUnlessMetSoon = (): void => {
      if (!this.#walked || this.#looks === 0) this.#begin();
    };
    add(this.#scheduler.schedule(() => open.do(beginUnlessMetSoon), START_AFTER_MS));
  }

  /** Takes page events, once the files that they are about are known to the planner. */
  #poll(): void {
    if (this.#whenOpen.isOpen) this.#pages?.poll();
  }

  /** The scan is over, if nothing is to be looked at closer. */
  #allMet(): void {
    if (!this.#walked || this.#looks > 0) return;
    this.#scanned = true;
    this.#rescanning = false;
    this.#begin();
    this.#rescanIfDue();
  }

  #meet(slots: readonly number[], physical: Float64Array, isCloser: boolean): void {
    const { hub, run } = this.#options;
    const closer: number[] = [];
    let wantedFiles = 0;
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row];
      // Found before the tasks were open, and gone since.
      if (!this.#whenOpen.isOpen && hub.index.pathUnder(slot, run.path) === undefined) continue;
      const file = hub.ref(slot, run.path);
      const place = this.#placeOf(slot, physical[row]);
      let wanted = false;
      for (const task of this.#tasks) if (place === undefined ? task.wants(slot, file) : task.meet(slot, file, place)) wanted = true;
      if (wanted) wantedFiles++;
      if (this.#session === undefined) continue;
      if (wanted && place === undefined) {
        closer.push(slot);
        // What happens to its pages until it is found again would be told before it has units.
        if (!this.#tasks.some((task) => task.isTaken(slot))) hub.table.setRelevant(slot, this.#session.id, false);
        continue;
      }
      if (wanted === hub.table.isRelevant(slot, this.#session.id)) continue;
      hub.table.setRelevant(slot, this.#session.id, wanted);
      // What is cached of a file that nobody wanted so far is not known.
      if (wanted) hub.probe([slot]);
      else this.#leftOut = true;
    }
    if (!isCloser) this.#skimming?.met(slots.length, wantedFiles);
    if (closer.length > 0) this.#lookCloser(closer);
  }

  /** Where the file starts on the disk; undefined if it was skimmed over and is not known from before. */
  #placeOf(slot: number, physical: number): number | undefined {
    if (!Number.isNaN(physical)) return physical;
    const { units } = this.#planner;
    return units.count(slot) === 0 ? undefined : units.physical[units.first(slot)];
  }

  #lookCloser(slots: readonly number[]): void {
    if (this.#session === undefined) return;
    this.#looks++;
    this.#options.hub.lookCloser(this.#session, slots, (missing) =>
      // Behind what was found, which may be waiting.
      this.#whenOpen.do(() => {
        this.#looks--;
        if (missing.length > 0) this.#missed = true;
        this.#allMet();
        this.#advance();
      }),
    );
  }

  /** Scans again for a task that joined, after the scan under way. */
  #rescanIfDue(): void {
    if (!this.#rescanDue || !this.#scanned || this.#session === undefined || this.#rescanning) return;
    this.#rescanDue = false;
    this.#rescan(this.#session);
  }

  #rescan(session: HubSession): void {
    this.#rescanning = true;
    this.#walked = false;
    this.#options.hub.rescan(session);
  }

  #askCache(): void {
    const { cache } = this.#options;
    if (cache === undefined) return;
    const { budgetBytes, headroomBytes } = cache.bounds();
    this.#planner.setBudget(budgetBytes);
    this.#planner.setHeadroom(headroomBytes);
    cache.flush();
  }

  /** The unit is about to be read from the disk. */
  #spend(unit: number): void {
    this.#options.gate?.spend(this.#planner.units.brought[unit] * PAGE_BYTES, this.#options.monotonicMs());
  }

  #rangeOf(unit: number): CachedRange {
    const { units } = this.#planner;
    const slot = units.slot[unit];
    return { slot, size: this.#options.hub.index.stat(slot).size, offset: units.offset(unit), bytes: units.bytes[unit] };
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
    this.#poll();
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
      // It may have been stopped while its tasks were opened.
      if (this.#ending) resolve();
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
    // What is cached of the files that were found meanwhile is not known yet.
    if (!this.#whenOpen.isOpen && !stopped) {
      if (this.#isQuiet) this.#options.gate?.listen(this.#options.monotonicMs());
      return;
    }
    this.#askGate();
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
      else if (this.#scanned && !this.#rescanning && !this.#rescanDue && this.#joining === 0) for (const task of this.#tasks) task.allFound();
    }
    if (this.#tasks.some((task) => task.busy > 0)) return;
    if (stopped || (this.#joining === 0 && this.#scanned && !this.#rescanning && this.#tasks.every((task) => task.isOver) && !this.#moreToDo())) {
      this.#ending = true;
      this.#end();
    }
  }

  #askGate(): void {
    const { gate, monotonicMs } = this.#options;
    // Before it started nothing cold is read, and what is heard is the scan.
    if (gate === undefined || !this.#started) return;
    const nowMs = monotonicMs();
    const held = !gate.mayRead(nowMs, this.#planner.isReading);
    this.#planner.yieldTo({ held, careful: gate.isCareful });
    const atMs = gate.askAgainAtMs;
    if (atMs === undefined || atMs === this.#askAgainAtMs) return;
    this.#askAgainAtMs = atMs;
    // The one before has had its turn: kept, one for each gap would add up.
    this.#asking?.unsubscribe();
    this.#asking = this.#scheduler.schedule(() => this.#advance(), Math.ceil(atMs - nowMs));
    this.#subscriptions.add(this.#asking);
  }

  /** Whether files were not where they had been found: they may have other names. */
  #takeVanished(): boolean {
    const vanished = this.#tasks.filter((task) => task.takeVanished()).length > 0 || this.#missed;
    this.#missed = false;
    return vanished;
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
    if (this.#session !== undefined && this.#rescans < MAX_RESCANS && this.#takeVanished()) {
      this.#rescans++;
      this.#rescan(this.#session);
      return true;
    }
    return false;
  }

  async #finish(): Promise<void> {
    this.#subscriptions.unsubscribe();
    this.#watches.stop();
    this.#options.worked?.();
    if (this.#options.run.dryRun === true) return;
    // All at once: most of the time one of them waits for the disk or for another program.
    await allSettled(this.#tasks.map((task) => task.checkpoint()));
    if (this.#failure !== undefined || this.#stopCode !== undefined) return;
    await allSettled(this.#tasks.map((task) => task.finish()));
  }

  async #close(): Promise<void> {
    this.#subscriptions.unsubscribe();
    this.#watches.stop();
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
    await this.#options.cache?.close();
    this.#options.gate?.close();
    this.#session?.close();
    this.#watches.close();
    this.#tellProgress();
    for (const container of this.#containers.toReversed()) await container.dispose();
    this.#options.reader.close();
  }

  #tellProgress(): void {
    if (!this.#started) return;
    const nowMs = this.#options.monotonicMs();
    for (const task of this.#tasks) {
      this.events$.next({ type: 'progress', ...task.progress() });
      const due = this.#scanned ? this.#planner.due(task.number, nowMs) : undefined;
      if (due !== undefined) this.events$.next({ type: 'deadline', task: task.name, ...due, neededBytesPerSecond: due.missed ? null : due.neededBytesPerSecond });
    }
  }

  #fail(error: DuetError): void {
    if (this.#failure === undefined) this.#failure = error;
    for (const task of this.#tasks) task.abort(error);
    this.#advance();
  }
}

/** Waits until all have settled. @throws what the first of them was rejected with. */
async function allSettled(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const one of await Promise.allSettled(promises)) if (one.status === 'rejected') throw one.reason;
}

function cannotJoin(plugin: Plugin, why: string): DuetError {
  return new DuetError('DUET_ERR_USAGE', { operation: 'join a run', message: `'${plugin.name}' cannot join: the run ${why}` });
}

function asDuetError(error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new DuetError('DUET_ERR_INTERNAL', { operation: 'run the tasks', message: `something went wrong inside Duet: ${why}`, cause: error });
}

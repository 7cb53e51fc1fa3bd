import { DuetError, exitCodeOf, ExitCode, stampOf, toDisplay } from '../model/index.js';
import type { BytePath, DoneFile, DoneSet, FileRef, FileStat, Item, Logger, Problem, Store, TaskRow, Unit, UnitCost } from '../model/index.js';
import { COLD_BYTES } from '../planner/index.js';
import type { Outcome, Pick, Planner } from '../planner/index.js';
import { parseOptions } from '../plugin/index.js';
import type { AtOnce, Plugin, PluginContext, PluginHooks, TaskDeclaration } from '../plugin/index.js';
import type { SessionHub } from '../session/index.js';
import { DoneBitmap, PluginStateOverlay } from '../store/index.js';
import { explainEvent } from './explain-event.js';
import { FilePieces } from './file-pieces.js';
import { FileProgress } from './file-progress.js';
import type { FileReader } from './file-reader.js';
import { Places } from './places.js';
import { guardHook, guardSync, hookError, hookTimeout, HOOK_TIMEOUT_MS, PROCESS_TIMEOUT_MS } from './hook-guard.js';
import type { RunCache } from './run-cache.js';
import type { RunEvent, TaskProgress, TaskSummary } from './run-event.js';
import { StampColumn } from './stamp-column.js';
import type { TaskContainer } from './task-container.js';
import { TaskTally } from './task-tally.js';
import { unitOfPick } from './unit-of-pick.js';

/** Units given to a plugin at once: at most so many, and so many bytes, but always a few. */
const AT_ONCE: AtOnce = { units: 256, bytes: 16 * 2 ** 20, coldBytes: COLD_BYTES };
const MIN_UNITS = 3;
/** How often a file is processed before it is given up because it changes every time. */
const MAX_TRIES = 3;
/** Timestamps are as coarse as this before Linux 6.13: a file that changed so shortly before may change again unseen. */
const TICK_MS = 20;

/** What a task of a run works with. */
export interface TaskRunOptions {
  readonly plugin: Plugin;
  readonly config: Readonly<Record<string, unknown>>;
  readonly path: BytePath;
  readonly exclude: readonly string[];
  readonly planner: Planner;
  /** Length in bytes of the pieces that tasks share of large files. */
  readonly granuleBytes: number;
  /** When it should be done, on the monotonic clock; Infinity: as soon as possible. */
  readonly deadlineMs: number;
  readonly hub: SessionHub;
  readonly store: Store;
  readonly container: TaskContainer;
  readonly reader: FileReader;
  /** Absent: what comes from the disk, and what from the cache, is what plugins say. */
  readonly cache?: RunCache;
  readonly logger: Logger;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly emit: (event: RunEvent) => void;
  /** Whether `unit` events are wanted. */
  readonly tellUnits: boolean;
  /** Called whenever something settled, so that the engine gives out more. */
  readonly advance: () => void;
  /** Called when the task can't go on. */
  readonly fail: (error: DuetError) => void;
}

interface InProcess {
  readonly pick: Pick;
  readonly unit: Unit;
  readonly slot: number;
  readonly startedMs: number;
  /** Bytes that the plugin had read for it. */
  read: number;
  place: number;
}

/** One task of a run: gives units to the plugin's hooks, and makes what they did durable. */
export class TaskRun {
  readonly name: string;
  readonly number: number;
  readonly #options: TaskRunOptions;
  readonly #abort = new AbortController();
  readonly #hooks: PluginHooks;
  readonly #inProcess = new Places<InProcess>();
  readonly #progress = new FileProgress();
  readonly #tries = new Map<number, number>();
  /** Files processed in this run, not yet durable. */
  #settled: DoneFile[] = [];
  /** Those that the checkpoint under way is to make durable. */
  #hardening: DoneFile[] = [];
  /** Stamps of the files done in this run, by slot. */
  readonly #doneStamps = new StampColumn();
  /** Numbers of the files done in this run, not in an earlier one of the cycle. */
  readonly #doneNow = new DoneBitmap();
  /** Numbers of files that were processed with a problem: the cycle goes on, but they do not count as done. */
  readonly #faulty = new DoneBitmap();
  readonly #suspects = new Set<number>();
  #row: TaskRow | undefined;
  #done: DoneSet | undefined;
  #state: PluginStateOverlay | undefined;
  #opened = false;
  #bytesInProcess = 0;
  #unitsInProcess = 0;
  /** Whether the plugin knows that all it gets is in process. */
  #toldAllGiven = false;
  #checkpoint: Promise<void> | undefined;
  #enough: string | undefined;
  /** When the plugin last said that its work goes on, on the clock of `performance.now`. */
  #aliveMs = -Infinity;
  #vanished = 0;
  readonly #pieces: FilePieces;
  /** Numbers of all files that the scan met in this run. */
  readonly #met = new DoneBitmap();
  /** Those of them that the task wants. */
  readonly #counted = new DoneBitmap();
  readonly #tally = new TaskTally();
  /** Slots of files that it goes on with and that are not done. */
  readonly #begun = new Set<number>();
  /** Whether it had enough, and still gets what it has begun. */
  #isEnding = false;

  /** @throws {DuetError} `DUET_ERR_PLUGIN_OPTION`, `DUET_ERR_TASKS_MAX` */
  constructor(options: TaskRunOptions) {
    const { plugin, planner } = options;
    this.#options = options;
    this.name = plugin.name;
    this.number = planner.addTask({ units: (slot) => this.#pieces.atOnce(slot), inOrder: plugin.inOrder || ((slot) => this.#pieces.isContinued(slot)), coldBytes: () => this.#atOnce().coldBytes });
    this.#pieces = new FilePieces(planner, options.granuleBytes, {
      segmentBytes: (file) => guardSync(this.name, 'segmentBytes', () => this.#hooks.segmentBytes?.(file)),
      continues: (file) => guardSync(this.name, 'continues', () => this.#hooks.continues?.(file) === true),
    });
    if (options.deadlineMs < Infinity) this.#declare({});
    const config = parseOptions(plugin, options.config);
    this.#hooks = guardSync(plugin.name, 'create', () => plugin.create(this.#context(config)));
  }

  /** Locks the task, loads what earlier runs did, and opens the plugin. */
  async open(reset: boolean): Promise<void> {
    const { store, plugin, path } = this.#options;
    this.#row = await store.openTask(plugin.name, path);
    if (reset) await store.resetDone(this.#row.id, 'all');
    this.#done = await store.loadDone(this.#row.id);
    this.#state = new PluginStateOverlay(store.stateReader(plugin.name));
    this.#opened = true;
    await this.#hookUntilAbort('open', () => this.#hooks.open?.());
  }

  /** Whether most files will not be wanted, as far as can be told before any is met: the plugin has had them in an earlier cycle. */
  get wantsLittle(): boolean {
    const { store, plugin, path } = this.#options;
    return plugin.incremental && store.tasks().some((row) => row.name === plugin.name && row.path === path && row.finishedMs > 0);
  }

  /** Whether the task wants a file that the scan met. */
  wants(slot: number, file: FileRef): boolean {
    this.#met.set(file.no);
    if (this.isTaken(slot) || this.#hooks.accepts === undefined) return true;
    return guardSync(this.#options.plugin.name, 'accepts', () => this.#hooks.accepts?.(file) === true);
  }

  /** Whether it was met before and is done, or to be done. */
  isTaken(slot: number): boolean {
    return this.#doneStamps.has(slot) || this.#options.planner.isNeeded(slot, this.number);
  }

  /** Takes a file that the scan met: says whether the task wants it, and which of its units are left. */
  meet(slot: number, file: FileRef, physical: number): boolean {
    const { planner, plugin } = this.#options;
    if (!this.wants(slot, file)) return false;
    if (this.isTaken(slot)) return true;
    // Met again by a scan for files that vanished: a failed one has had its turn.
    if (this.#hasFailed(file)) return true;
    if (!this.#counted.has(file.no)) {
      this.#counted.set(file.no);
      this.#tally.filesTotal++;
      this.#tally.bytesTotal += file.size;
    }
    const partial = this.#done?.partial.get(file.no);
    const known = this.#done?.has(file.no) === true;
    const stamp = known || partial !== undefined ? stampOf(file.size, file.mtimeNs, file.ctimeNs) : 0n;
    if (known) {
      if (this.#done?.stamp(file.no) === stamp) {
        this.#tally.filesBefore++;
        this.#tally.bytesBefore += file.size;
        this.#doneStamps.set(slot, stamp);
        return true;
      }
      guardSync(plugin.name, 'modified', () => this.#hooks.modified?.(file));
    }
    this.#pieces.add(slot, file, physical);
    const first = planner.units.first(slot);
    const count = planner.units.count(slot);
    const finished = partial === undefined || !this.#pieces.isTakenInParts(slot) ? undefined : new Set(this.#progress.resume(file.no, count, this.#pieces.partialStamp(stamp), partial));
    for (let i = 0; i < count; i++) {
      if (finished?.has(i) === true) this.#tally.bytesBefore += planner.units.bytes[first + i];
      else if (this.#enough === undefined) planner.need(first + i, this.number);
    }
    return true;
  }

  /** The page events that the plugin asked for. */
  items(items: readonly Item[]): void {
    guardSync(this.name, 'items', () => this.#hooks.items?.(items));
  }

  /** Whether the task takes another unit now. */
  get hasRoom(): boolean {
    if (this.#abort.signal.aborted || this.#hasEnded) return false;
    if (this.#inProcess.size < MIN_UNITS) return true;
    const { units, bytes } = this.#atOnce();
    return this.#inProcess.size < units && this.#bytesInProcess < bytes;
  }

  /** Units in process. */
  get busy(): number {
    return this.#inProcess.size;
  }

  get #hasEnded(): boolean {
    return this.#enough !== undefined && !this.#isEnding;
  }

  /** Whether it needs no more units: all are settled, or it has had enough. */
  get isOver(): boolean {
    return this.busy === 0 && (this.#hasEnded || this.#abort.signal.aborted || this.#options.planner.left(this.number) === 0);
  }

  /** Whether a name was found to be another file's, or nobody's, when its turn came. */
  takeVanished(): boolean {
    const vanished = this.#vanished > 0;
    this.#vanished = 0;
    return vanished;
  }

  /** Gives the unit to the plugin. */
  start(pick: Pick): void {
    const { planner, hub, path, monotonicMs } = this.#options;
    const slot = planner.units.slot[pick.unit];
    const isContinued = this.#pieces.isContinued(slot);
    const unit = unitOfPick(pick, planner, hub, path, this.#options.cache, isContinued);
    if (isContinued) this.#begun.add(slot);
    const entry: InProcess = { pick, unit, slot, startedMs: monotonicMs(), read: 0, place: 0 };
    entry.place = this.#inProcess.put(entry);
    this.#bytesInProcess += unit.bytes;
    this.#unitsInProcess += pick.count;
    this.#toldAllGiven = false;
    if (pick.why !== undefined) this.#options.emit(explainEvent(this.name, entry.startedMs, pick.why, (one) => this.#placeOf(one)));
    let processing: Promise<UnitCost | void>;
    try {
      processing = this.#hooks.process(unit);
    } catch (error) {
      this.#reject(entry, error);
      return;
    }
    processing.then(
      (cost) => this.#finish(entry, cost ?? undefined),
      (error: unknown) => this.#reject(entry, error),
    );
  }

  /** No file is looked for any more: tells the plugin if there is nothing else to give it. */
  allFound(): void {
    if (this.#toldAllGiven || this.#unitsInProcess === 0 || this.#unitsInProcess < this.#options.planner.left(this.number)) return;
    this.#toldAllGiven = true;
    guardSync(this.name, 'allGiven', () => this.#hooks.allGiven?.());
  }

  /** A page of the file became dirty, or its size or times moved: what was done may be out of date. */
  suspect(slot: number): void {
    if (this.#doneStamps.has(slot)) this.#suspects.add(slot);
  }

  /** Done files that may have changed: the caller probes them before it calls `settleSuspects`. */
  get suspects(): ReadonlySet<number> {
    return this.#suspects;
  }

  /**
   * Takes back the done mark of the suspects that did change. They have been
   * probed. One that changes again and again is left as it was processed last.
   */
  settleSuspects(): void {
    const { hub, path, store } = this.#options;
    const resets: number[] = [];
    for (const slot of this.#suspects) {
      const { size, mtimeNs, ctimeNs } = hub.index.stat(slot);
      if (this.#doneStamps.get(slot) === stampOf(size, mtimeNs, ctimeNs)) continue;
      const tries = (this.#tries.get(slot) ?? 1) + 1;
      if (tries > MAX_TRIES) continue;
      this.#tries.set(slot, tries);
      const file = hub.ref(slot, path);
      guardSync(this.name, 'modified', () => this.#hooks.modified?.(file));
      this.#doneStamps.delete(slot);
      this.#uncount(file);
      resets.push(file.no);
      this.#pieces.add(slot, file, 0);
      this.#again(slot, file);
    }
    this.#suspects.clear();
    if (resets.length === 0) return;
    const reset = new Set(resets);
    this.#settled = this.#settled.filter((done) => !reset.has(done.no));
    this.#hardening = this.#hardening.filter((done) => !reset.has(done.no));
    store.resetDone(this.#task.id, resets).catch((error: unknown) => this.#fail('reset done files', error));
  }

  /** The file has no name below the path any more. */
  left(slot: number): void {
    // It may have one that is not known yet.
    if (this.#options.planner.isNeeded(slot, this.number)) this.#vanished++;
  }

  /** A folder that the scan could not look into. */
  scanProblem(problem: Problem): void {
    this.#problem(problem);
  }

  /** Complains about units whose `process` does not settle. */
  checkOverdue(): void {
    const now = this.#options.monotonicMs();
    for (const { unit, startedMs } of this.#inProcess.values()) {
      const limit = PROCESS_TIMEOUT_MS + unit.bytes / 2 ** 20 * 1000;
      if (now - startedMs > limit && performance.now() - this.#aliveMs > PROCESS_TIMEOUT_MS) {
        this.#options.fail(hookTimeout(this.name, 'process', limit));
        return;
      }
    }
  }

  /** Makes a checkpoint if the plugin has done enough for one. */
  async checkpointIfDue(): Promise<void> {
    if (guardSync(this.name, 'checkpointDue', () => this.#hooks.checkpointDue?.() ?? true)) await this.checkpoint();
  }

  /** Makes what was processed so far durable. One at a time: a second call waits for the first. */
  async checkpoint(): Promise<void> {
    while (this.#checkpoint !== undefined) await this.#checkpoint;
    this.#checkpoint = this.#makeDurable().finally(() => (this.#checkpoint = undefined));
    await this.#checkpoint;
  }

  /** The last hook of a cycle that came to its end; then its done bits are forgotten, for the next one. */
  async finish(): Promise<void> {
    if (this.#enough !== undefined || this.#abort.signal.aborted) return;
    const tally = this.#tally;
    const cycle = { filesDone: tally.filesBefore + tally.filesDone, filesFailed: tally.failed.size, met: (no: number) => this.#met.has(no) };
    await this.#hookUntilAbort('finish', () => this.#hooks.finish?.(cycle));
    if (this.#abort.signal.aborted) return;
    await this.checkpoint();
    await this.#options.store.finishCycle(this.#task.id);
    tally.cycleComplete = true;
  }

  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** Closes the plugin and unlocks the task, whatever happened before. */
  async close(): Promise<void> {
    try {
      if (this.#opened) await this.#hook('close', () => this.#hooks.close?.());
    } finally {
      if (this.#row !== undefined) await this.#options.store.releaseTask(this.#row.id);
    }
  }

  progress(): TaskProgress {
    return this.#tally.progress(this.name);
  }

  summary(): TaskSummary {
    return this.#tally.summary(this.name);
  }

  get #task(): TaskRow {
    if (this.#row === undefined) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'use a task', message: `the task '${this.name}' is not open` });
    return this.#row;
  }

  #context(config: never): PluginContext<never> {
    const { path, exclude, logger, now, container, reader, emit } = this.#options;
    const state = (): PluginStateOverlay => {
      if (this.#state === undefined) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'use plugin state', message: 'plugin state is there from `open` on' });
      return this.#state;
    };
    return {
      config,
      path,
      exclude,
      signal: this.#abort.signal,
      log: logger,
      state: {
        get: (key) => state().get(key),
        set: (key, value) => state().set(key, value),
        delete: (key) => state().delete(key),
        entries: (prefix) => state().entries(prefix),
      },
      now,
      read: (unit, into) => {
        const entry = this.#entryOf(unit);
        const cost = (fromCache: number, fromDisk: number): void => {
          if (entry?.unit.uncachedBytes === undefined) this.#count(fromCache, fromDisk);
          else entry.read += fromCache + fromDisk;
        };
        return reader.read(unit, cost, this.#abort.signal, into);
      },
      problem: (problem) => this.#problem(problem),
      enough: (reason) => {
        if (this.#enough !== undefined) return;
        this.#enough = reason;
        const { planner } = this.#options;
        this.#isEnding = this.#begun.size > 0;
        if (this.#isEnding) planner.keepOnly(this.number, (slot) => this.#begun.has(slot));
        else planner.removeTask(this.number);
        emit({ type: 'enough', task: this.name, reason });
      },
      alive: () => (this.#aliveMs = performance.now()),
      declare: (declaration) => this.#declare(declaration),
      resolve: (token) => container.resolve(token),
      provide: (token, make) => container.provide(token, make),
    };
  }

  /** What is in process as this unit. Few are at once: a map by unit would cost each more than looking through them costs those that are read here. */
  #entryOf(unit: Unit): InProcess | undefined {
    for (const entry of this.#inProcess.values()) if (entry.unit === unit) return entry;
    return undefined;
  }

  #atOnce(): AtOnce {
    return guardSync(this.name, 'atOnce', () => this.#hooks.atOnce?.() ?? AT_ONCE);
  }

  /** A hook that fails because it was aborted did as it was told. */
  async #hookUntilAbort(hook: string, call: () => Promise<void> | void): Promise<void> {
    try {
      await this.#hook(hook, call);
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  #hook(hook: string, call: () => Promise<void> | void): Promise<void> {
    return guardHook(this.name, hook, HOOK_TIMEOUT_MS, async () => call(), () => this.#aliveMs);
  }

  #declare({ needed, deadlineMs }: TaskDeclaration): void {
    const { planner, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    const byMs = deadlineMs === undefined ? this.#options.deadlineMs : nowMs + deadlineMs;
    planner.declare(this.number, { deadlineMs: byMs, ...(needed === undefined ? {} : { needed }) }, nowMs);
  }

  #placeOf(unit: number): { path: BytePath; offset: number; bytes: number } {
    const { hub, planner, path } = this.#options;
    return { path: hub.ref(planner.units.slot[unit], path).path, offset: planner.units.offset(unit), bytes: planner.units.bytes[unit] };
  }

  #finish(entry: InProcess, cost: UnitCost | undefined): void {
    const { unit } = entry;
    this.#countCost(entry, cost);
    if (this.#options.tellUnits) this.#report(entry, cost);
    if (cost?.skipped !== undefined) {
      this.#release(entry, 'dropped');
      return;
    }
    const stat = cost?.seen ?? this.#options.reader.stat(unit);
    if (stat === undefined) {
      this.#vanished++;
      this.#release(entry, 'dropped');
      return;
    }
    // The clock tells whole milliseconds.
    const sinceMs = this.#options.now() - Number(stat.ctimeNs) / 1e6;
    if (sinceMs > -1 && sinceMs < TICK_MS) setTimeout(() => this.#judge(entry, cost), TICK_MS);
    else this.#judge(entry, cost, stat);
  }

  /**
   * Decides whether the unit was read in one version of its file: as the reader
   * found it (`seen`), or, if it did not look, as the scan knew it.
   */
  #judge(entry: InProcess, cost: UnitCost | undefined, now: FileStat | undefined = this.#options.reader.stat(entry.unit)): void {
    const { unit, slot } = entry;
    const version = cost?.seen ?? unit.file;
    if (now === undefined) {
      this.#vanished++;
      this.#release(entry, 'dropped');
      return;
    }
    this.#options.hub.index.setStat(slot, now.size, now.mtimeNs, now.ctimeNs);
    if (version.size !== now.size || version.mtimeNs !== now.mtimeNs || version.ctimeNs !== now.ctimeNs) {
      this.#release(entry, 'again');
      this.#tryAgain(slot, unit.file);
      return;
    }
    this.#release(entry, 'settled');
    this.#tally.bytesDone += unit.bytes;
    this.#settle(slot, entry.pick, unit.file, now, cost?.readAs);
  }

  /** Notes that units are done, and their file if all its units are. */
  #settle(slot: number, { unit: number, count: picked }: Pick, file: FileRef, stat: FileStat, readAs = stat): void {
    const { units } = this.#options.planner;
    const stamp = stampOf(stat.size, stat.mtimeNs, stat.ctimeNs);
    const readStamp = readAs === stat ? stamp : stampOf(readAs.size, readAs.mtimeNs, readAs.ctimeNs);
    const count = units.count(slot);
    if (count > picked) {
      const outcome = this.#progress.finish(file.no, number - units.first(slot), picked, count, this.#pieces.partialStamp(readStamp), this.#pieces.isTakenInParts(slot));
      if (outcome === 'mixed') this.#tryAgain(slot, file);
      if (outcome !== 'complete') return;
    } else {
      this.#progress.forget(file.no);
    }
    this.#begun.delete(slot);
    this.#settled.push({ no: file.no, stamp });
    this.#doneStamps.set(slot, stamp);
    this.#doneNow.set(file.no);
    if (this.#hasFailed(file)) this.#faulty.set(file.no);
    else this.#tally.filesDone++;
  }

  #reject(entry: InProcess, error: unknown): void {
    const { unit } = entry;
    const { signal } = this.#abort;
    this.#release(entry, signal.aborted ? 'again' : 'dropped');
    if (signal.aborted) return;
    if (!(error instanceof DuetError) || exitCodeOf(error) !== ExitCode.PROBLEMS) {
      this.#options.fail(hookError(this.name, 'process', error));
      return;
    }
    this.#progress.forget(unit.file.no);
    if (error.code === 'DUET_ERR_VANISHED') {
      this.#vanished++;
      return;
    }
    const offset = 'offset' in error && typeof error.offset === 'number' ? { offset: error.offset } : unit.whole ? {} : { offset: unit.offset };
    this.#problem({ path: unit.file.path, ...offset, code: error.code, message: error.message, hint: error.hint });
  }

  #release(entry: InProcess, outcome: Outcome): void {
    this.#inProcess.free(entry.place);
    this.#bytesInProcess -= entry.unit.bytes;
    this.#unitsInProcess -= entry.pick.count;
    const { planner, cache } = this.#options;
    planner.settle(entry.pick, this.number, outcome, this.#options.monotonicMs());
    const { units } = planner;
    for (let unit = entry.pick.unit; cache !== undefined && unit < entry.pick.unit + entry.pick.count; unit++) {
      if (units.needed[unit] === 0) cache.release({ slot: entry.slot, size: entry.unit.file.size, offset: units.offset(unit), bytes: units.bytes[unit] });
    }
    this.#options.advance();
  }

  /** The file changed while it was processed: all its units are needed again, a bounded number of times. */
  #tryAgain(slot: number, file: FileRef): void {
    const tries = (this.#tries.get(slot) ?? 1) + 1;
    this.#tries.set(slot, tries);
    if (tries <= MAX_TRIES && this.#enough === undefined) {
      this.#again(slot, file);
      return;
    }
    this.#progress.forget(file.no);
    const { planner } = this.#options;
    const first = planner.units.first(slot);
    for (let unit = first; unit < first + planner.units.count(slot); unit++) planner.drop(unit, this.number);
    if (this.#enough !== undefined) return;
    this.#problem({ path: file.path, code: 'DUET_ERR_CHANGING', message: `${toDisplay(file.path)} changed each of the ${MAX_TRIES} times that it was processed` });
  }

  #again(slot: number, file: FileRef): void {
    const { planner } = this.#options;
    this.#progress.forget(file.no);
    if (this.#enough !== undefined) return;
    const first = planner.units.first(slot);
    for (let unit = first; unit < first + planner.units.count(slot); unit++) planner.need(unit, this.number);
  }

  /** What was read past the cache the plugin knows, and nobody else finds there afterwards. */
  #countCost({ read, unit }: InProcess, cost: UnitCost | undefined): void {
    const fromDisk = unit.uncachedBytes;
    if (cost !== undefined && (fromDisk === undefined || cost.direct === true)) this.#count(cost.bytesFromCache, cost.bytesFromDisk);
    else if (fromDisk !== undefined) {
      const bytes = Math.min(cost === undefined ? read : cost.bytesFromCache + cost.bytesFromDisk, unit.bytes);
      this.#count(bytes - Math.min(fromDisk, bytes), Math.min(fromDisk, bytes));
    }
  }

  #count(fromCache: number, fromDisk: number): void {
    this.#tally.fromCache += fromCache;
    this.#tally.fromDisk += fromDisk;
  }

  /** Whether there was a problem with the file; hardly ever, so that its path need not be hashed. */
  #hasFailed({ path }: FileRef): boolean {
    return this.#tally.failed.size > 0 && this.#tally.failed.has(path);
  }

  #problem(problem: Problem): void {
    this.#tally.problems++;
    this.#tally.failed.add(problem.path);
    this.#options.emit({ type: 'problem', task: this.name, ...problem });
  }

  /** The file is not done after all. */
  #uncount(file: FileRef): void {
    const tally = this.#tally;
    if (this.#faulty.has(file.no)) {
      this.#faulty.clear(file.no);
      this.#doneNow.clear(file.no);
    } else if (this.#doneNow.has(file.no)) {
      this.#doneNow.clear(file.no);
      tally.filesDone--;
      tally.bytesDone = Math.max(tally.bytesDone - file.size, 0);
      if (![...this.#settled, ...this.#hardening].some((done) => done.no === file.no)) tally.filesDurable--;
    } else {
      tally.filesBefore--;
      tally.bytesBefore = Math.max(tally.bytesBefore - file.size, 0);
    }
  }

  #report(entry: InProcess, cost: UnitCost | undefined): void {
    const { unit, startedMs } = entry;
    const ms = this.#options.monotonicMs() - startedMs;
    const reason = cost?.direct === true ? 'direct' : unit.reason === 'direct' ? 'cached' : unit.reason;
    this.#options.emit({
      type: 'unit',
      task: this.name,
      path: unit.file.path,
      offset: unit.offset,
      bytes: unit.bytes,
      cachedBytes: unit.uncachedBytes === undefined || cost?.direct === true ? (cost?.bytesFromCache ?? unit.cachedBytes) : Math.max(unit.bytes - unit.uncachedBytes, 0),
      reason,
      ms,
      atMs: startedMs,
    });
  }

  async #makeDurable(): Promise<void> {
    const { store, emit } = this.#options;
    const state = this.#state;
    this.#hardening = this.#settled;
    this.#settled = [];
    const partial = this.#progress.take();
    await this.#hook('checkpoint', () => this.#hooks.checkpoint?.());
    // What was taken back meanwhile is not among them any more.
    const done = this.#hardening;
    this.#hardening = [];
    if (state === undefined || (done.length === 0 && partial.length === 0 && state.pending === 0)) return;
    try {
      await store.commit({ task: this.#task.id, namespace: this.name, done, partial, state: state.take() });
      state.committed();
    } catch (error) {
      state.failed();
      throw error;
    }
    this.#tally.filesDurable += done.filter(({ no }) => !this.#faulty.has(no)).length;
    emit({ type: 'checkpoint', task: this.name, filesDone: this.#tally.filesBefore + this.#tally.filesDurable, bytesDone: this.#tally.bytesBefore + this.#tally.bytesDone });
  }

  #fail(operation: string, error: unknown): void {
    this.#options.fail(
      error instanceof DuetError ? error : new DuetError('DUET_ERR_INTERNAL', { operation, message: `cannot ${operation}: ${String(error)}`, cause: error }),
    );
  }
}

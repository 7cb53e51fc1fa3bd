import { Subscription } from 'rxjs/internal/Subscription';
import type { SchedulerLike } from 'rxjs';
import { relativeTo } from '../model/index.js';
import type { BytePath, ProbeTarget } from '../model/index.js';
import type { ItemTable } from '../items/index.js';
import type { FileIndex } from './file-index.js';
import type { Intake } from './intake.js';
import { isPathMissing } from './survey.js';
import type { Survey } from './survey.js';

/** Files in one request, so that the scan thread stays ready for others. */
const PROBE_FILES = 512;
/** Least pause between two probes of a file whose state gets out of date again and again, in milliseconds. */
const RETRY_MS = 200;
/** Least pause between two sweeps, in milliseconds. */
const SWEEP_PAUSE_MS = 500;
/** A pause is also this many times what the sweep before it took, so that looking costs little. */
const PAUSE_FACTOR = 5;

/** A path that can be probed. */
export interface Probed {
  readonly path: BytePath;
  readonly survey: Survey;
  /** Told when it cannot be probed. */
  readonly fail: (error: unknown) => void;
}

/** What was asked of a survey and is not answered yet. */
interface Request {
  readonly survey: Survey;
  readonly slots: ReadonlySet<number>;
  readonly subscription: Subscription;
}

/**
 * Reads the cache state of files again: those whose state the item table lost
 * track of, and, where the source has no events of its own, all of them in
 * turn, again and again.
 */
export class Prober {
  readonly #table: ItemTable;
  readonly #index: FileIndex;
  readonly #intake: Intake;
  readonly #scheduler: SchedulerLike;
  readonly #roots: () => readonly Probed[];
  readonly #stale = new Set<number>();
  /** Files probed since the last round, and those of them that are out of date again: they wait for the next one. */
  readonly #recent = new Set<number>();
  readonly #later = new Set<number>();
  #roundMs = 0;
  #request: Request | undefined;
  #sweepAt = -1;
  #sweepStartedMs = 0;
  #nextSweepMs = 0;

  constructor(table: ItemTable, index: FileIndex, intake: Intake, scheduler: SchedulerLike, roots: () => readonly Probed[]) {
    this.#table = table;
    this.#index = index;
    this.#intake = intake;
    this.#scheduler = scheduler;
    this.#roots = roots;
  }

  /** Whether nothing is waiting or under way, but for files that change all the time. */
  get idle(): boolean {
    return this.#stale.size === 0 && this.#request === undefined;
  }

  /** Whether any file is out of date, those that change all the time included. */
  get isWaiting(): boolean {
    return !this.idle || this.#later.size > 0;
  }

  /** Whether answers are on their way. */
  get asking(): boolean {
    return this.#request !== undefined;
  }

  /** Whether the file's state is out of date. */
  isStale(slot: number): boolean {
    return this.#stale.has(slot) || this.#later.has(slot) || (this.#request?.slots.has(slot) ?? false);
  }

  /** The file's state is out of date. One that was probed just now waits a little, so that a busy file does not keep everybody busy. */
  stale(slot: number): void {
    (this.#recent.has(slot) ? this.#later : this.#stale).add(slot);
  }

  /** Probes the file as soon as can be, whenever it was probed last. */
  ask(slot: number): void {
    this.#later.delete(slot);
    this.#stale.add(slot);
  }

  /** The survey is closed: what it did not answer is asked of another. */
  left(survey: Survey): void {
    if (this.#request?.survey !== survey) return;
    const { slots, subscription } = this.#request;
    this.#request = undefined;
    subscription.unsubscribe();
    for (const slot of slots) this.#stale.add(slot);
  }

  /** All relevant files may be wrong; gives their number. */
  staleAll(): number {
    const { relevant, length } = this.#table.files;
    let count = 0;
    for (let slot = 0; slot < length; slot++) {
      if (relevant[slot] === 0 || !this.#index.has(slot)) continue;
      this.ask(slot);
      count++;
    }
    return count;
  }

  /** Sends the next request if none is under way. */
  pump(sweeps: boolean): void {
    this.#beginRound();
    if (this.#request !== undefined) return;
    const slots = this.#stale.size > 0 ? this.#takeStale() : sweeps ? this.#takeSweep() : [];
    if (slots.length > 0) this.#probe(slots);
  }

  stop(): void {
    this.#request?.subscription.unsubscribe();
    this.#request = undefined;
    this.#stale.clear();
    this.#later.clear();
    this.#recent.clear();
  }

  #beginRound(): void {
    // All that is there for later is recent as well.
    if (this.#recent.size === 0) return;
    const now = this.#scheduler.now();
    if (now < this.#roundMs) return;
    this.#recent.clear();
    for (const slot of this.#later) this.#stale.add(slot);
    this.#later.clear();
  }

  #takeStale(): number[] {
    const slots: number[] = [];
    for (const slot of this.#stale) {
      this.#stale.delete(slot);
      if (this.#table.files.relevant[slot] !== 0 && this.#index.has(slot)) slots.push(slot);
      if (slots.length === PROBE_FILES) break;
    }
    return slots;
  }

  #takeSweep(): number[] {
    const now = this.#scheduler.now();
    if (this.#sweepAt === -1) {
      if (now < this.#nextSweepMs) return [];
      this.#sweepAt = 0;
      this.#sweepStartedMs = now;
    }
    const { relevant, done, length } = this.#table.files;
    const slots: number[] = [];
    while (this.#sweepAt < length && slots.length < PROBE_FILES) {
      const slot = this.#sweepAt++;
      if ((relevant[slot] & ~done[slot]) !== 0 && this.#index.has(slot)) slots.push(slot);
    }
    if (this.#sweepAt === length) {
      this.#sweepAt = -1;
      this.#nextSweepMs = now + Math.max(SWEEP_PAUSE_MS, (now - this.#sweepStartedMs) * PAUSE_FACTOR);
    }
    return slots;
  }

  /** Probes the files through the first root that has a name of theirs; those of other roots wait for the next request. */
  #probe(slots: readonly number[]): void {
    const targets: ProbeTarget[] = [];
    const paths: BytePath[] = [];
    let root: Probed | undefined;
    for (const slot of slots) {
      const found = this.#rootOf(slot, root);
      if (found === undefined) continue;
      root ??= found.root;
      if (found.root !== root) {
        this.#stale.add(slot);
        continue;
      }
      targets.push({
        slot,
        path: relativeTo(found.path, root.path),
        ino: this.#table.files.ino(slot),
        statDev: this.#index.fsOf(slot).statDev,
      });
      paths.push(found.path);
      if (this.#recent.size === 0) this.#roundMs = this.#scheduler.now() + RETRY_MS;
      this.#recent.add(slot);
    }
    if (root === undefined) return;
    const { survey, fail } = root;
    const over = (): void => {
      if (this.#request?.survey === survey) this.#request = undefined;
    };
    const subscription = new Subscription();
    this.#request = { survey, slots: new Set(targets.map((target) => target.slot)), subscription };
    subscription.add(
      survey.probe(targets).subscribe({
        next: (batch) => this.#intake.takeProbe(batch, paths),
        error: (error: unknown) => {
          over();
          if (isPathMissing(error)) targets.forEach(({ slot }, row) => this.#intake.probedGone(slot, paths[row]));
          else fail(error);
        },
        complete: over,
      }),
    );
  }

  #rootOf(slot: number, preferred: Probed | undefined): { root: Probed; path: BytePath } | undefined {
    const roots = this.#roots();
    for (const root of preferred === undefined ? roots : [preferred, ...roots]) {
      const path = this.#index.pathUnder(slot, root.path);
      if (path !== undefined) return { root, path };
    }
    return undefined;
  }
}

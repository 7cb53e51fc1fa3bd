import type { SchedulerLike, Subscription } from 'rxjs';
import { relativeTo } from '../model/index.js';
import type { BytePath, ProbeTarget } from '../model/index.js';
import type { ItemTable } from '../items/index.js';
import type { FileIndex } from './file-index.js';
import type { Intake } from './intake.js';
import type { Survey } from './survey.js';

/** Files in one request, so that the scan thread stays ready for others. */
const PROBE_FILES = 512;
/** Least pause between two sweeps, in milliseconds. */
const SWEEP_PAUSE_MS = 500;
/** A pause is also this many times what the sweep before it took, so that looking costs little. */
const PAUSE_FACTOR = 5;

/** A path that can be probed. */
export interface Probed {
  readonly path: BytePath;
  readonly survey: Survey;
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
  #request: Subscription | undefined;
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

  /** Files waiting to be probed because their state is not known. */
  get waiting(): number {
    return this.#stale.size;
  }

  /** Whether nothing is waiting or under way. */
  get idle(): boolean {
    return this.#stale.size === 0 && this.#request === undefined;
  }

  stale(slot: number): void {
    this.#stale.add(slot);
  }

  /** All relevant files may be wrong; gives their number. */
  staleAll(): number {
    const { relevant, length } = this.#table.files;
    let count = 0;
    for (let slot = 0; slot < length; slot++) {
      if (relevant[slot] === 0 || !this.#index.has(slot)) continue;
      this.#stale.add(slot);
      count++;
    }
    return count;
  }

  /** Sends the next request if none is under way. */
  pump(sweeps: boolean): void {
    if (this.#request !== undefined) return;
    const slots = this.#stale.size > 0 ? this.#takeStale() : sweeps ? this.#takeSweep() : [];
    if (slots.length > 0) this.#probe(slots);
  }

  stop(): void {
    this.#request?.unsubscribe();
    this.#request = undefined;
    this.#stale.clear();
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
        ino: this.#table.files.ino[slot],
        statDev: this.#index.fsOf(slot).statDev,
      });
      paths.push(found.path);
    }
    if (root === undefined) return;
    this.#request = root.survey.probe(targets).subscribe({
      next: (batch) => this.#intake.takeProbe(batch, paths),
      error: () => (this.#request = undefined),
      complete: () => (this.#request = undefined),
    });
    // A synchronous answer has completed before the subscription was assigned.
    if (this.#request.closed) this.#request = undefined;
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

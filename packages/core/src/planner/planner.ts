import { PAGE_BYTES } from '../model/index.js';
import type { UnitReason } from '../model/index.js';
import { ColdQueue } from './cold-queue.js';
import { ResidentHeap } from './resident-heap.js';
import { UnitTable } from './unit-table.js';

/** A unit that a task should process next, and why. */
export interface Pick {
  readonly unit: number;
  readonly reason: Exclude<UnitReason, 'direct'>;
}

/** How the processing of a unit ended: it is done with, or it has to be processed again. */
export type Outcome = 'settled' | 'again';

/** Options of a planner. */
export interface PlannerOptions {
  /** `cached`: cached units first. `given`: cold order only; residency, and what other tasks read, is ignored. */
  readonly order: 'cached' | 'given';
  /** Order of cold files, negative if slot a comes before slot b; default: as they lie on the disk. */
  readonly compareFiles?: (a: number, b: number) => number;
}

/** Cold units that a task has under way: so many, and more while they have not these bytes. */
const COLD_UNITS = 3;
const COLD_BYTES = 4 * 2 ** 20;

interface Task {
  readonly bit: number;
  readonly ranks: ResidentHeap;
  readonly queue: ColdQueue;
  /** Units needed, those in process included. */
  left: number;
  busy: number;
  /** Units in process that were picked because they were cached. */
  cached: number;
  /** Bytes of those that were not. */
  coldBytes: number;
}

/**
 * Picks the next unit for each task: cached ones first, by resident pages;
 * then one that another task is reading now; then cold ones in on-disk order.
 *
 * Pure: no clock, no promises. Cold units are held back until `allowCold`,
 * since a cached one may still turn up, and while the task is at cached ones.
 */
export class Planner {
  readonly units = new UnitTable();
  readonly #tasks: Task[] = [];
  readonly #options: PlannerOptions;
  readonly #inFlight = new Set<number>();
  #coldAllowed = false;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Adds a task, before any file; gives its number. */
  addTask(): number {
    const { units } = this;
    const compare = this.#options.compareFiles;
    const byPlace = (a: number, b: number): boolean => {
      const difference = units.physical[a] - units.physical[b];
      return Number.isNaN(difference) || difference === 0 ? a < b : difference < 0;
    };
    const byFile = (a: number, b: number): boolean => {
      const slotA = units.slot[a];
      const slotB = units.slot[b];
      return slotA === slotB ? a < b : (compare as NonNullable<typeof compare>)(slotA, slotB) < 0;
    };
    this.#tasks.push({
      bit: 1 << this.#tasks.length,
      ranks: new ResidentHeap((unit) => units.resident[unit]),
      queue: new ColdQueue(compare === undefined ? byPlace : byFile),
      left: 0,
      busy: 0,
      cached: 0,
      coldBytes: 0,
    });
    return this.#tasks.length - 1;
  }

  /** Units that the task still needs, those in process included. */
  left(task: number): number {
    return this.#tasks[task].left;
  }

  /** Units that the task processes now. */
  busy(task: number): number {
    return this.#tasks[task].busy;
  }

  /** Whether the file is known. */
  has(slot: number): boolean {
    return this.units.first(slot) !== -1;
  }

  /**
   * Adds a file that no task knew of, cut into units of `segmentBytes` (0: one
   * unit), with its place on the disk; gives the first unit. Nothing of it
   * counts as cached until `pagesChanged` says so, and no task gets it until
   * `need` does.
   */
  addFile(slot: number, size: number, segmentBytes: number, physical: number): number {
    return this.units.add(slot, size, segmentBytes, physical);
  }

  /** Says that the task has to process the unit. */
  need(unit: number, taskId: number): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    if (units.needed[unit] & task.bit) return;
    units.needed[unit] |= task.bit;
    task.left++;
    this.#offer(unit, task);
  }

  /** Whether the task still needs any unit of the file. */
  isNeeded(slot: number, taskId: number): boolean {
    const first = this.units.first(slot);
    for (let unit = first; unit !== -1 && unit < first + this.units.count(slot); unit++) {
      if (this.units.needed[unit] & this.#tasks[taskId].bit) return true;
    }
    return false;
  }

  /** Takes the unit from the task; one in process stays until it is settled. */
  drop(unit: number, taskId: number): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    if ((units.needed[unit] & task.bit) === 0 || units.busy[unit] & task.bit) return;
    units.needed[unit] &= ~task.bit;
    task.left--;
    task.ranks.remove(unit);
  }

  /** Pages of the file entered the cache (positive) or left it (negative `sign`). */
  pagesChanged(slot: number, index: number, pages: number, sign: 1 | -1): void {
    const { units } = this;
    const first = units.first(slot);
    if (first === -1) return;
    const segmentPages = units.segmentBytes(slot) / PAGE_BYTES;
    const count = units.count(slot);
    for (let page = index, left = pages; left > 0; ) {
      const segment = segmentPages === Infinity ? 0 : Math.min(Math.floor(page / segmentPages), count - 1);
      // Pages beyond the end as it was count for the last unit: the file has grown.
      const here = segment === count - 1 ? left : Math.min(left, (segment + 1) * segmentPages - page);
      this.#rank(first + segment, sign * here);
      page += here;
      left -= here;
    }
  }

  /** The files have been found, or finding them takes long: cold units may be picked from now on. */
  allowCold(): void {
    this.#coldAllowed = true;
  }

  /** The unit that the task should process next, now busy; undefined if there is none at the moment. */
  next(taskId: number): Pick | undefined {
    const task = this.#tasks[taskId];
    const pick = this.#pick(task);
    if (pick === undefined) return undefined;
    this.units.busy[pick.unit] |= task.bit;
    task.ranks.remove(pick.unit);
    task.busy++;
    if (pick.reason === 'cached') {
      this.units.cached[pick.unit] |= task.bit;
      task.cached++;
    } else {
      task.coldBytes += this.units.bytes[pick.unit];
    }
    if (this.#tasks.length > 1) this.#inFlight.add(pick.unit);
    return pick;
  }

  /** The task has processed a unit that `next` gave it. */
  settle(unit: number, taskId: number, outcome: Outcome): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    units.busy[unit] &= ~task.bit;
    task.busy--;
    if (units.cached[unit] & task.bit) {
      units.cached[unit] &= ~task.bit;
      task.cached--;
    } else {
      task.coldBytes -= units.bytes[unit];
    }
    if (units.busy[unit] === 0) this.#inFlight.delete(unit);
    if (outcome === 'again') {
      this.#offer(unit, task);
    } else {
      units.needed[unit] &= ~task.bit;
      task.left--;
    }
  }

  #pick(task: Task): Pick | undefined {
    const cached = task.ranks.first();
    if (cached !== -1) return { unit: cached, reason: 'cached' };
    if (this.#options.order === 'cached') {
      for (const unit of this.#inFlight) if (this.#open(unit, task)) return { unit, reason: 'inflight' };
    }
    if (!this.#mayReadCold(task)) return undefined;
    for (let unit = task.queue.pop(); unit !== -1; unit = task.queue.pop()) {
      if (this.#open(unit, task)) return { unit, reason: 'cold' };
    }
    return undefined;
  }

  /**
   * A cold unit waits until the task is through with the cached ones: these are
   * quick, and may be evicted. And only a few cold ones are under way, so that
   * one which turns up in the cache does not wait behind many.
   */
  #mayReadCold(task: Task): boolean {
    if (!this.#coldAllowed || task.cached > 0) return false;
    return this.#options.order === 'given' || task.busy < COLD_UNITS || task.coldBytes < COLD_BYTES;
  }

  /** Whether the task needs the unit and is not at it. */
  #open(unit: number, task: Task): boolean {
    return (this.units.needed[unit] & ~this.units.busy[unit] & task.bit) !== 0;
  }

  #offer(unit: number, task: Task): void {
    task.queue.push(unit);
    if (this.#options.order === 'cached') task.ranks.update(unit);
  }

  #rank(unit: number, change: number): void {
    const { units } = this;
    units.resident[unit] = Math.max(units.resident[unit] + change, 0);
    if (this.#options.order !== 'cached') return;
    for (const task of this.#tasks) if (this.#open(unit, task)) task.ranks.update(unit);
  }
}

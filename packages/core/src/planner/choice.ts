import { PAGE_BYTES } from '../model/index.js';
import type { Budget } from './budget.js';
import type { ClassHeaps } from './class-heaps.js';
import type { Demand } from './demand.js';
import type { PlannerTask } from './planner-task.js';
import { isMostlyCached, Kind } from './unit-order.js';
import type { UnitTable } from './unit-table.js';

/** Cold picks that a task has under way: so many, and more while they have not the bytes of its grain. */
const COLD_PICKS = 3;
const NONE = -1;

/** What a choice is made of. */
export interface ChoiceParts {
  readonly units: UnitTable;
  readonly heaps: ClassHeaps;
  readonly budget: Budget;
  readonly demand: Demand;
  readonly usesCache: boolean;
}

/** Chooses a task's next unit; changes nothing. */
export class Choice {
  /** Whether units may be read that are not cached. */
  coldAllowed = false;
  /** Whether none are to be read for the time being, for the sake of others. */
  isHeld = false;
  /** Whether others wait for the disk too: then a task has one read under way, so that what is cached does not wait behind many slow ones. */
  isCareful = false;
  readonly #parts: ChoiceParts;

  constructor(parts: ChoiceParts) {
    this.#parts = parts;
  }

  /** The unit that the task should take next, or -1; `regardless`: of the room that there is in the cache. */
  find(task: PlannerTask, regardless: boolean): number {
    if (!this.#parts.usesCache) return this.coldAllowed && !this.isHeld ? this.#top(Kind.COLD, task) : NONE;
    const cached = this.#top(Kind.CACHED, task);
    const partial = this.#top(Kind.PARTIAL, task);
    const partialFirst = partial !== NONE && (cached === NONE || this.#parts.heaps.isBefore(Kind.CACHED, partial, cached));
    const first = partialFirst ? partial : cached;
    const second = partialFirst ? cached : partial;
    if (first !== NONE && this.#mayTake(first, task, regardless)) return first;
    if (second !== NONE && this.#mayTake(second, task, regardless)) return second;
    const inFlight = this.#top(Kind.INFLIGHT, task);
    if (inFlight !== NONE && this.#mayTake(inFlight, task, regardless)) return inFlight;
    if (!this.#mayReadCold(task)) return NONE;
    const cold = this.#bestCold(task);
    return cold !== NONE && this.#mayTake(cold, task, regardless) ? cold : NONE;
  }

  /** The first unit of this kind that is open to the task. */
  #top(kind: number, task: PlannerTask): number {
    let best = NONE;
    for (const heap of this.#parts.heaps.of(kind)) {
      if (heap.open & task.bit && (best === NONE || this.#parts.heaps.isBefore(kind, heap.top, best))) best = heap.top;
    }
    return best;
  }

  /** The first cold unit of the class that matters most. */
  #bestCold(task: PlannerTask): number {
    let best = NONE;
    let bestRank = -1;
    for (const heap of this.#parts.heaps.of(Kind.COLD)) {
      if ((heap.open & task.bit) === 0) continue;
      const rank = this.#parts.demand.rank(heap.open | heap.closed);
      if (rank < bestRank || (rank === bestRank && !this.#parts.heaps.isBefore(Kind.COLD, heap.top, best))) continue;
      best = heap.top;
      bestRank = rank;
    }
    return best;
  }

  /**
   * Whether the task may have something read that is not cached. A cold unit
   * waits until the task is through with the cached ones: these are quick, and
   * may be evicted. And only a few cold ones are under way, so that one which
   * turns up in the cache does not wait behind many. A task to which some of
   * its units suffice leaves the reading to those that need all of theirs.
   */
  #mayReadCold(task: PlannerTask): boolean {
    if (!this.coldAllowed || this.isHeld || (this.isCareful && task.reading > 0) || task.cached > 0 || (task.busy >= COLD_PICKS && task.coldBytes >= task.grain.coldBytes())) return false;
    const { demanding, firm } = this.#parts.demand;
    if ((demanding & task.bit) === 0) return false;
    if (!task.isFlexible || task.deadlineMs < Infinity) return true;
    return !this.#parts.heaps.of(Kind.COLD).some((heap) => (heap.open | heap.closed) & firm);
  }

  /** Whether what the pick at this unit brings into the cache has room there, and is the task's to bring. */
  #mayTake(unit: number, task: PlannerTask, regardless: boolean): boolean {
    const { units } = this.#parts;
    const { from, to } = this.extent(unit, task);
    let pages = 0;
    let missing = 0;
    for (let at = from; at < to; at++) {
      pages += units.pages(at);
      if (units.brought[at] === 0) missing += units.missing(at);
    }
    if (missing === 0) return true;
    const bytes = missing * PAGE_BYTES;
    const { leading, pressing } = this.#parts.demand;
    if (missing * 2 > pages || this.isCareful) {
      if (!this.#mayReadCold(task)) return false;
      if (leading !== 0 && (units.needed[unit] & leading) === 0) return false;
      if (!regardless && bytes > this.#parts.budget.headroomBytes && this.#cachedIsWanted()) return false;
    }
    return regardless || (pressing & task.bit) !== 0 || this.#parts.budget.fits(bytes);
  }

  /** Whether some task may take what is cached and what would be evicted if more was read. */
  #cachedIsWanted(): boolean {
    return this.#parts.heaps.count(Kind.CACHED) > 0 || this.#parts.heaps.of(Kind.PARTIAL).some((heap) => isMostlyCached(this.#parts.units, heap.top));
  }

  /** The units that the task takes together with this one. */
  extent(unit: number, task: PlannerTask): { from: number; to: number } {
    const { units } = this.#parts;
    const slot = units.slot[unit];
    const grain = task.grain.units;
    const stride = grain === 1 || units.count(slot) === 1 ? 1 : typeof grain === 'number' ? grain : grain(slot);
    if (stride === 1) return { from: unit, to: unit + 1 };
    const first = units.first(slot);
    const start = stride === Infinity ? first : unit - ((unit - first) % stride);
    const end = Math.min(start + stride, first + units.count(slot));
    const takes = (at: number): boolean => (units.needed[at] & ~units.busy[at] & task.bit) !== 0;
    let from = unit;
    let to = unit + 1;
    while (from > start && takes(from - 1)) from--;
    while (to < end && takes(to)) to++;
    return { from, to };
  }
}

import { DuetError, PAGE_BYTES } from '../model/index.js';
import { Budget } from './budget.js';
import { Choice } from './choice.js';
import { ClassHeaps } from './class-heaps.js';
import { Demand } from './demand.js';
import type { Due } from './demand.js';
import { candidate, reasonOf, runnersUp } from './explain.js';
import type { Candidate, Explanation } from './explain.js';
import { Pace } from './pace.js';
import { PlannerTask } from './planner-task.js';
import type { Declaration, Grain } from './planner-task.js';
import { Sequence } from './sequence.js';
import { MAX_PLANNED_TASKS } from './task-bits.js';
import { byAdmission, byFile, byPlace, byResidency, Kind, kindOf, mostlyCachedFirst } from './unit-order.js';
import { UnitTable } from './unit-table.js';

/** What a task should process next, and why: `count` units of one file, from `unit` on. */
export interface Pick {
  readonly unit: number;
  readonly count: number;
  readonly reason: Candidate['reason'];
  /** With the option `explain`. */
  readonly why?: Explanation;
}

/** How the processing of a pick ended: it is done, it has to be processed again, or it can't be and counts for nothing. */
export type Outcome = 'settled' | 'again' | 'dropped';

/** Options of a planner. */
export interface PlannerOptions {
  /** `cached`: cached units first. `given`: cold order only; residency, budget and deadlines, and what other tasks read, are ignored. */
  readonly order: 'cached' | 'given';
  /** Order of cold files, negative if slot a comes before slot b; default: as they lie on the disk. */
  readonly compareFiles?: (a: number, b: number) => number;
  /** Whether picks say what they were chosen from. Default false. */
  readonly explain?: boolean;
  /** Told when a unit is picked of which the run has to bring in something. */
  readonly admitted?: (unit: number) => void;
  /** Told when no task needs such a unit any more. */
  readonly consumed?: (unit: number) => void;
}

const NONE = -1;

/**
 * Picks the next unit for each task, so that what is cached is consumed first
 * and what is cold is read once for all that need it:
 *
 * 1. cached units, those with most resident pages first;
 * 2. those that the run brought in for another task, the oldest first;
 * 3. cold ones: those that most tasks need, in on-disk order, and only while
 *    what was brought in and not consumed by all fits the budget;
 * 4. none: then something has to be settled, cached or wanted first.
 *
 * Pure: no clock, no promises. `nowMs` is any clock that does not go back. If
 * every task that needs units has been asked and none is at one, the last one
 * asked gets a unit whatever the budget says.
 */
export class Planner {
  readonly units = new UnitTable();
  readonly #options: PlannerOptions;
  readonly #tasks: PlannerTask[] = [];
  readonly #heaps: ClassHeaps;
  readonly #budget = new Budget();
  readonly #demand = new Demand();
  readonly #disk = new Pace();
  readonly #sequence = new Sequence(this.units, (unit) => this.#sort(unit));
  readonly #choice: Choice;
  readonly #usesCache: boolean;
  #admissions = 0;
  /** Picks in process for which something has to be read. */
  readonly #reading = new Set<Pick>();
  /** Picks in process, of all tasks. */
  #busy = 0;
  /** Tasks that got nothing since something was picked or settled. */
  #idle = 0;

  constructor(options: PlannerOptions) {
    const { units } = this;
    this.#options = options;
    this.#usesCache = options.order === 'cached';
    const cold = options.compareFiles === undefined ? byPlace(units) : byFile(units, options.compareFiles);
    this.#heaps = new ClassHeaps([byResidency(units), mostlyCachedFirst(units), byAdmission(units), cold]);
    this.#choice = new Choice({ units, heaps: this.#heaps, budget: this.#budget, demand: this.#demand, usesCache: this.#usesCache });
  }

  /** Bytes that the run has brought into the cache, or is about to, and that some task still needs. */
  get outstandingBytes(): number {
    return this.#budget.outstandingBytes;
  }

  /** What may be outstanding at present: less than was set after pages were lost. */
  get budgetBytes(): number {
    return this.#budget.bytes;
  }

  /** Sets how many bytes may be outstanding; Infinity at first. */
  setBudget(bytes: number): void {
    this.#budget.bytes = bytes;
  }

  /** Says how many bytes the cache can take now without evicting any; Infinity (unknown) at first. */
  setHeadroom(bytes: number): void {
    this.#budget.headroomBytes = bytes;
  }

  /** Adds a task, at any time; gives its number. A planner has room for 16 of them, those that left included. */
  addTask(grain: Grain = {}): number {
    const number = this.#tasks.length;
    if (number === MAX_PLANNED_TASKS) throw new DuetError('DUET_ERR_TASKS_MAX', { operation: 'join a run', message: `a run has room for ${MAX_PLANNED_TASKS} tasks` });
    const task = new PlannerTask(number, grain);
    this.#tasks.push(task);
    this.#demand.changed(task);
    return number;
  }

  /** The task needs nothing any more; what it has in process it still settles. */
  removeTask(taskId: number): void {
    const task = this.#tasks[taskId];
    task.isLive = false;
    this.#dropAll(task);
    this.#demand.changed(task);
  }

  /** Of what it does not have in process the task needs no other files than these any more. Walks over all units. */
  keepOnly(taskId: number, isKept: (slot: number) => boolean): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    const kept: number[] = [];
    for (let unit = 0; unit < units.length; unit++) {
      if ((units.needed[unit] & ~units.busy[unit] & task.bit) !== 0 && isKept(units.slot[unit])) kept.push(unit);
    }
    this.#dropAll(task);
    for (const unit of kept) this.need(unit, taskId);
    this.#demand.changed(task);
  }

  /** Says what the task needs by when; takes the place of what it said before. */
  declare(taskId: number, { deadlineMs = Infinity, needed = {} }: Declaration, nowMs: number): void {
    const task = this.#tasks[taskId];
    task.deadlineMs = deadlineMs;
    task.declaredMs = nowMs;
    task.filesEnough = needed.files ?? Infinity;
    task.bytesEnough = needed.bytes ?? Infinity;
    if (task.hasEnough) this.#dropAll(task);
    this.#demand.changed(task);
  }

  /** Tells, once early and once when it has passed, that the task's deadline can't be met; undefined otherwise. */
  due(taskId: number, nowMs: number): Due | undefined {
    return this.#demand.due(this.#tasks[taskId], nowMs);
  }

  /** Units that the task still needs, those in process included. */
  left(taskId: number): number {
    return this.#tasks[taskId].left;
  }

  /** Their bytes. */
  bytesLeft(taskId: number): number {
    return this.#tasks[taskId].bytesLeft;
  }

  /** Picks that the task processes now. */
  busy(taskId: number): number {
    return this.#tasks[taskId].busy;
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

  /** The file is gone: no task gets any more of it, unless it is needed anew. */
  removeFile(slot: number): void {
    for (const task of this.#tasks) this.#forUnits(slot, (unit) => this.drop(unit, task.number));
  }

  /** Says that the task has to process the unit; nothing happens if it has left, or has had what suffices. */
  need(unit: number, taskId: number): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    if (!task.isLive || task.hasEnough || units.needed[unit] & task.bit) return;
    units.needed[unit] |= task.bit;
    task.left++;
    task.bytesLeft += units.bytes[unit];
    this.#idle = 0;
    if (task.isInOrder(units.slot[unit])) this.#sequence.need(unit, task.bit);
    this.#sort(unit);
  }

  /** Whether the task still needs any unit of the file. */
  isNeeded(slot: number, taskId: number): boolean {
    let isNeeded = false;
    this.#forUnits(slot, (unit) => (isNeeded ||= (this.units.needed[unit] & this.#tasks[taskId].bit) !== 0));
    return isNeeded;
  }

  /** Takes the unit from the task; one in process stays until it is settled. */
  drop(unit: number, taskId: number): void {
    const task = this.#tasks[taskId];
    if ((this.units.needed[unit] & ~this.units.busy[unit] & task.bit) !== 0) this.#leave(unit, task);
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
      this.#resident(first + segment, sign * here);
      page += here;
      left -= here;
    }
  }

  /** The files have been found, or finding them takes long: cold units may be picked from now on. */
  allowCold(): void {
    this.#choice.coldAllowed = true;
  }

  /** For the sake of others: `held`, nothing is to be read that is not cached, for the time being; `careful`, little at once. */
  yieldTo(others: { readonly held: boolean; readonly careful: boolean }): void {
    this.#choice.isHeld = others.held;
    this.#choice.isCareful = others.careful;
  }

  /** Whether something is in process that was not cached as a whole. */
  get isReading(): boolean {
    return this.#tasks.some((task) => task.reading > 0);
  }

  /** What the task should process next, now busy; undefined if there is nothing at the moment. */
  next(taskId: number, nowMs: number): Pick | undefined {
    const task = this.#tasks[taskId];
    if (task.left === 0) return undefined;
    this.#weigh(nowMs);
    let found = this.#choice.find(task, false);
    if (found === NONE) {
      this.#idle |= task.bit;
      if (!this.#standsStill()) return undefined;
      this.#demand.stale();
      this.#weigh(nowMs);
      found = this.#choice.find(task, true);
    }
    return found === NONE ? undefined : this.#begin(found, task, nowMs);
  }

  /** The task has processed what `next` gave it. */
  settle(pick: Pick, taskId: number, outcome: Outcome, nowMs: number): void {
    const task = this.#tasks[taskId];
    const { units } = this;
    const end = pick.unit + pick.count;
    let bytes = 0;
    for (let unit = pick.unit; unit < end; unit++) {
      bytes += units.bytes[unit];
      units.busy[unit] &= ~task.bit;
      if (outcome === 'again' && task.isLive) this.#sort(unit);
      else this.#leave(unit, task);
    }
    task.busy--;
    if (this.#reading.delete(pick)) task.reading--;
    this.#busy--;
    this.#idle = 0;
    if (pick.reason === 'cached') {
      task.cached--;
    } else {
      task.coldBytes -= bytes;
      task.pace.end(nowMs, bytes, pick.count);
      if (pick.reason === 'cold') this.#disk.end(nowMs, bytes, pick.count);
    }
    if (outcome === 'settled' && task.isFlexible) this.#countEnough(task, pick, bytes);
  }

  #weigh(nowMs: number): void {
    this.#demand.weigh(nowMs, this.#tasks, [this.#heaps.of(Kind.PARTIAL), this.#heaps.of(Kind.COLD)], this.#disk);
  }

  /** Whether nothing goes on, and would not by itself. */
  #standsStill(): boolean {
    return this.#busy === 0 && this.#tasks.every((task) => task.left === 0 || this.#idle & task.bit);
  }

  #begin(found: number, task: PlannerTask, nowMs: number): Pick {
    const { units } = this;
    const { from, to } = this.#choice.extent(found, task);
    const reason = reasonOf(this.#usesCache ? kindOf(units, found) : Kind.COLD);
    const why = this.#options.explain === true ? this.#explain(found, task, reason) : undefined;
    let bytes = 0;
    const admissions = this.#admissions;
    for (let unit = from; unit < to; unit++) {
      bytes += units.bytes[unit];
      units.busy[unit] |= task.bit;
      if (this.#usesCache && units.brought[unit] === 0) this.#admit(unit);
      this.#sort(unit);
    }
    task.busy++;
    this.#busy++;
    this.#idle = 0;
    if (reason === 'cached') {
      task.cached++;
    } else {
      task.coldBytes += bytes;
      task.pace.begin(nowMs);
      if (reason === 'cold') this.#disk.begin(nowMs);
    }
    const pick: Pick = why === undefined ? { unit: from, count: to - from, reason } : { unit: from, count: to - from, reason, why };
    if (this.#admissions > admissions) {
      this.#reading.add(pick);
      task.reading++;
    }
    return pick;
  }

  #admit(unit: number): void {
    const { units } = this;
    const missing = units.missing(unit);
    if (missing === 0) return;
    units.brought[unit] = missing;
    units.admitted[unit] = ++this.#admissions;
    this.#budget.admit(missing * PAGE_BYTES);
    this.#options.admitted?.(unit);
  }

  /** The task needs the unit no more. */
  #leave(unit: number, task: PlannerTask): void {
    const { units } = this;
    if (task.isInOrder(units.slot[unit])) this.#sequence.leave(unit, task.bit);
    if (units.needed[unit] & task.bit) {
      units.needed[unit] &= ~task.bit;
      task.left--;
      task.bytesLeft -= units.bytes[unit];
    }
    this.#sort(unit);
    this.#consumeUnneeded(unit);
  }

  /** What the run brought in of a unit is consumed if no task needs it any more. */
  #consumeUnneeded(unit: number): void {
    const { units } = this;
    const brought = units.brought[unit];
    if (units.needed[unit] !== 0 || brought === 0) return;
    units.brought[unit] = 0;
    this.#budget.consume(brought * PAGE_BYTES);
    this.#options.consumed?.(unit);
  }

  /** The task needs nothing any more, but what it has in process. All units at once, and not one by one: they may be millions. */
  #dropAll(task: PlannerTask): void {
    const { units } = this;
    const { bit } = task;
    for (let unit = 0; unit < units.length; unit++) {
      if ((units.needed[unit] & ~units.busy[unit] & bit) === 0) continue;
      units.needed[unit] &= ~bit;
      units.closed[unit] &= ~bit;
      task.left--;
      task.bytesLeft -= units.bytes[unit];
      this.#consumeUnneeded(unit);
    }
    // The order within a class stays: to all of its units the task mattered alike.
    this.#heaps.removeTask(bit);
  }

  #countEnough(task: PlannerTask, { unit }: Pick, bytes: number): void {
    task.bytesEnough -= bytes;
    if (task.filesEnough < Infinity && !this.isNeeded(this.units.slot[unit], task.number)) task.filesEnough--;
    if (task.hasEnough) this.#dropAll(task);
  }

  /** Pages of the unit entered the cache or left it. */
  #resident(unit: number, change: number): void {
    const { units } = this;
    units.resident[unit] = Math.max(units.resident[unit] + change, 0);
    if (!this.#usesCache) return;
    const brought = units.brought[unit];
    if (change < 0 && brought > 0 && (units.needed[unit] & ~units.busy[unit]) !== 0) {
      this.#budget.shrink(units.bytes[unit]);
      if (units.resident[unit] === 0 && units.busy[unit] === 0) {
        units.brought[unit] = 0;
        this.#budget.evict(brought * PAGE_BYTES);
      }
    }
    this.#sort(unit);
  }

  /** Puts the unit into the class that it belongs to now. */
  #sort(unit: number): void {
    const { units } = this;
    const waiting = units.needed[unit] & ~units.busy[unit];
    const open = waiting & ~units.closed[unit];
    if (open === 0) {
      this.#heaps.remove(unit, units.bytes[unit]);
      return;
    }
    const kind = this.#usesCache ? kindOf(units, unit) : Kind.COLD;
    this.#heaps.put(unit, kind, open, waiting & units.closed[unit], units.bytes[unit]);
  }

  #forUnits(slot: number, each: (unit: number) => void): void {
    const first = this.units.first(slot);
    for (let unit = first; unit !== NONE && unit < first + this.units.count(slot); unit++) each(unit);
  }

  #explain(unit: number, task: PlannerTask, reason: Pick['reason']): Explanation {
    return {
      ...candidate(this.units, unit, reason),
      outstandingBytes: this.#budget.outstandingBytes,
      budgetBytes: this.#budget.bytes,
      deadlineLeads: this.#demand.leading !== 0,
      runnersUp: runnersUp(this.units, this.#heaps, this.#demand, task.bit, unit),
    };
  }
}

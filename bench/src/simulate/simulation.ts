import { EventQueue } from './event-queue.js';
import type { Access } from './foreground.js';
import { InProcessTable } from './in-process.js';
import { MeasuredPlanner } from './measured-planner.js';
import type { Setting } from './setting.js';
import { SimulatedTask } from './simulated-task.js';
import { Storage } from './storage.js';

const PAGE_BYTES = 4096;
/** The part of the cache that may hold what is not consumed, as a run sets it. */
const BUDGET_PART = 4;
/** How often the planner is told how full the cache is. */
const CACHE_MS = 1000;
/** It is asked at least so often, for time alone can make a task's reads due. */
const TICK_MS = 10_000;
/** Points of the curve. */
const POINTS = 400;

/** Kinds of events; the rest of an event's number is the task, or the pick. */
const Kind = { START: 0, TICK: 1, READ: 2, ACCESS: 3, PROCESSED: 4 } as const;
const KINDS = 8;

/** Device reads up to a moment, in units. */
export interface Point {
  readonly atMs: number;
  readonly reads: number;
}

/**
 * Runs tasks against the planner in virtual time, as the engine does: all tasks
 * that have room ask after whatever happens; what is not cached is read from the
 * disk; each change of the cache is told; what the tasks brought in is dropped
 * when none of them needs it.
 */
export class Simulation {
  /** Units that all tasks processed. */
  decisions = 0;
  /** How many times something happened. */
  events = 0;
  readonly points: Point[] = [];
  readonly tasks: readonly SimulatedTask[];
  readonly storage: Storage;
  readonly planner: MeasuredPlanner;
  readonly #setting: Setting;
  readonly #needed: Uint16Array;
  readonly #queue = new EventQueue();
  readonly #inProcess = new InProcessTable();
  readonly #consumed: number[] = [];
  readonly #accesses: Iterator<Access, undefined> | undefined;
  #access: Access | undefined;
  #nowMs = 0;
  #cacheToldMs = -Infinity;
  #weighAt = 0;

  /** `needed` has the tasks of each unit as bits, in the setting's order. */
  constructor(setting: Setting, needed: Uint16Array) {
    const { units, unitBytes, cacheBytes, tasks, foreground } = setting;
    const unitPages = Math.ceil(unitBytes / PAGE_BYTES);
    this.#setting = setting;
    this.#needed = needed;
    this.#accesses = foreground?.(units, unitBytes);
    this.tasks = tasks.map((spec, index) => new SimulatedTask(spec, index, unitBytes));
    this.storage = new Storage(setting, {
      changed: (unit, sign) => this.planner.pagesChanged(unit, unitPages, sign),
      began: (takesMs) => this.#queue.add(this.#nowMs + takesMs, Kind.READ),
    });
    this.planner = new MeasuredPlanner((unit) => this.#consumed.push(unit));
    this.planner.fill((planner) => {
      for (let unit = 0; unit < units; unit++) planner.addFile(unit, unitBytes, 0, unit * unitBytes);
    });
    this.planner.planner.setBudget(cacheBytes / BUDGET_PART);
    this.planner.planner.allowCold();
  }

  /** Runs until all tasks are done. */
  run(): void {
    for (const { spec, index } of this.tasks) this.#queue.add(spec.startMs, Kind.START + index * KINDS);
    this.#queue.add(0, Kind.TICK);
    this.#nextAccess();
    this.#note();
    while (this.tasks.some((task) => task.doneMs === Infinity)) {
      this.#nowMs = this.#queue.nextMs;
      do this.#happen(this.#queue.take());
      while (this.#queue.nextMs === this.#nowMs);
      this.#dispatch();
    }
    this.#note();
    this.planner.weigh();
  }

  /** The time that it is. */
  get nowMs(): number {
    return this.#nowMs;
  }

  #happen(event: number): void {
    this.events++;
    const kind = event % KINDS;
    const which = Math.floor(event / KINDS);
    if (kind === Kind.PROCESSED) this.#processed(which);
    else if (kind === Kind.READ) this.#inProcess.arrived(this.storage.ended(), (number, { task }) => this.#process(number, task));
    else if (kind === Kind.ACCESS) this.#accessed();
    else if (kind === Kind.TICK) this.#tick();
    else this.#start(this.tasks[which]);
  }

  #start(task: SimulatedTask): void {
    const { planner } = this.planner;
    const { deadlineMs, enough } = task.spec;
    task.number = planner.addTask();
    this.planner.fill(() => {
      for (let unit = 0; unit < this.#needed.length; unit++) if (this.#needed[unit] & (1 << task.index)) planner.need(unit, task.number);
    });
    const needed = enough < 1 ? { needed: { files: Math.ceil(planner.left(task.number) * enough) } } : {};
    planner.declare(task.number, { deadlineMs, ...needed }, this.#nowMs);
    if (planner.left(task.number) === 0) task.doneMs = this.#nowMs;
  }

  #tick(): void {
    this.#queue.add(this.#nowMs + TICK_MS, Kind.TICK);
    for (const task of this.tasks) {
      if (task.number !== -1 && task.toldMs === Infinity && this.planner.planner.due(task.number, this.#nowMs) !== undefined) task.toldMs = this.#nowMs;
    }
    const last = this.points.at(-1) as Point;
    const more = this.storage.reads - last.reads;
    if (more >= this.#setting.units / POINTS || (more > 0 && this.#nowMs - last.atMs >= this.#setting.horizonMs / POINTS)) this.#note();
  }

  /** Gives out picks. */
  #dispatch(): void {
    if (this.#nowMs >= this.#cacheToldMs + CACHE_MS) {
      this.#cacheToldMs = this.#nowMs;
      this.planner.planner.setHeadroom(this.storage.free * this.#setting.unitBytes);
    }
    for (const task of this.tasks) {
      while (task.hasRoom) {
        const pick = this.planner.next(task.number, this.#nowMs);
        if (pick === undefined) break;
        task.busy++;
        const isCached = this.storage.read(pick.unit, false);
        const number = this.#inProcess.add({ pick, task, isWaiting: !isCached });
        if (isCached) this.#process(number, task);
      }
    }
  }

  #process(number: number, task: SimulatedTask): void {
    this.#queue.add(task.process(this.#nowMs), Kind.PROCESSED + number * KINDS);
  }

  #processed(number: number): void {
    const { pick, task } = this.#inProcess.take(number);
    this.planner.settle(pick, task.number, this.#nowMs);
    task.busy--;
    this.decisions++;
    if (task.busy === 0 && this.planner.planner.left(task.number) === 0) task.doneMs = this.#nowMs;
    for (const unit of this.#consumed.splice(0)) this.storage.drop(unit);
    if (this.decisions < this.#weighAt) return;
    this.#weighAt = this.decisions + this.#setting.units;
    this.planner.weigh();
  }

  #accessed(): void {
    this.storage.read((this.#access as Access).unit, true);
    this.#nextAccess();
  }

  #nextAccess(): void {
    this.#access = this.#accesses?.next().value;
    if (this.#access !== undefined) this.#queue.add(this.#access.atMs, Kind.ACCESS);
  }

  #note(): void {
    this.points.push({ atMs: this.#nowMs, reads: this.storage.reads });
  }
}

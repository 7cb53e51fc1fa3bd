import { Planner } from '@duet/core/planner';
import { cpuMs, liveBytes } from './cpu-and-memory.js';
import { Disk } from './disk.js';
import type { Request } from './disk.js';
import { EventQueue } from './event-queue.js';
import type { Access } from './foreground.js';
import { InProcessTable } from './in-process.js';
import { LruCache } from './lru-cache.js';
import type { Setting } from './setting.js';
import { SimulatedTask } from './simulated-task.js';
import { TimedPlanner } from './timed-planner.js';

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

/** What is known of a unit, as bits. */
const ASKED = 1;
const FOREGROUND = 2;

/** Device reads up to a moment, in units. */
export interface Point {
  readonly atMs: number;
  readonly reads: number;
}

/**
 * Runs tasks against the planner in virtual time, as the engine does: all tasks
 * that have room ask after whatever happens; what is not cached is read from the
 * disk; each change of the cache is told; what the tasks brought in is dropped
 * when none of them needs it, unless an application has read it meanwhile.
 */
export class Simulation {
  /** Units that the disk read for tasks, and for applications. */
  reads = 0;
  foregroundReads = 0;
  /** Units that all tasks processed. */
  decisions = 0;
  /** How many times something happened. */
  events = 0;
  /** What the planner took: filling it, in CPU milliseconds, and its memory at most. */
  fillMs = 0;
  memoryBytes = 0;
  readonly points: Point[] = [];
  readonly tasks: readonly SimulatedTask[];
  readonly timed: TimedPlanner;
  readonly #setting: Setting;
  readonly #needed: Uint16Array;
  readonly #queue = new EventQueue();
  readonly #disk: Disk;
  readonly #cache: LruCache;
  readonly #inProcess = new InProcessTable();
  readonly #states: Uint8Array;
  readonly #consumed: number[] = [];
  readonly #accesses: Iterator<Access, undefined> | undefined;
  readonly #unitPages: number;
  readonly #baselineBytes: number;
  #access: Access | undefined;
  #nowMs = 0;
  #cacheToldMs = -Infinity;
  #weighedAt = 0;

  /** `needed` has the tasks of each unit as bits, in the setting's order. */
  constructor(setting: Setting, needed: Uint16Array) {
    const { units, unitBytes, cacheBytes, disk, tasks, foreground } = setting;
    this.#setting = setting;
    this.#needed = needed;
    this.#unitPages = Math.ceil(unitBytes / PAGE_BYTES);
    this.#disk = new Disk(disk, unitBytes);
    this.#states = new Uint8Array(units);
    this.#cache = new LruCache(units, Math.max(Math.floor(cacheBytes / unitBytes), 1), (unit) => this.#left(unit));
    this.#accesses = foreground?.(units, unitBytes);
    this.tasks = tasks.map((spec) => new SimulatedTask(spec, unitBytes));
    this.#baselineBytes = liveBytes();
    const planner = new Planner({ order: 'cached', consumed: (unit) => this.#consumed.push(unit) });
    this.timed = new TimedPlanner(planner);
    this.#fill(() => {
      for (let unit = 0; unit < units; unit++) planner.addFile(unit, unitBytes, 0, unit * unitBytes);
    });
    planner.setBudget(cacheBytes / BUDGET_PART);
    planner.allowCold();
  }

  run(): void {
    for (const [i, { startMs }] of this.#setting.tasks.entries()) this.#queue.add(startMs, Kind.START + i * KINDS);
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
    this.#measureMemory();
  }

  get endMs(): number {
    return this.#nowMs;
  }

  #happen(event: number): void {
    this.events++;
    const kind = event % KINDS;
    if (kind === Kind.PROCESSED) this.#processed(Math.floor(event / KINDS));
    else if (kind === Kind.READ) this.#arrived(this.#disk.end());
    else if (kind === Kind.ACCESS) this.#accessed();
    else if (kind === Kind.TICK) this.#tick();
    else this.#start(Math.floor(event / KINDS));
  }

  #start(index: number): void {
    const { planner } = this.timed;
    const task = this.tasks[index];
    const { deadlineMs, enough } = task.spec;
    task.number = planner.addTask();
    this.#fill(() => {
      for (let unit = 0; unit < this.#needed.length; unit++) if (this.#needed[unit] & (1 << index)) planner.need(unit, task.number);
    });
    const needed = enough < 1 ? { needed: { files: Math.ceil(planner.left(task.number) * enough) } } : {};
    planner.declare(task.number, { deadlineMs, ...needed }, this.#nowMs);
    if (planner.left(task.number) === 0) task.doneMs = this.#nowMs;
  }

  #tick(): void {
    this.#queue.add(this.#nowMs + TICK_MS, Kind.TICK);
    for (const task of this.tasks) {
      if (task.number !== -1 && task.toldMs === Infinity && this.timed.planner.due(task.number, this.#nowMs) !== undefined) task.toldMs = this.#nowMs;
    }
    const last = this.points.at(-1) as Point;
    const isFar = this.#nowMs - last.atMs >= this.#setting.horizonMs / POINTS || this.reads - last.reads >= this.#setting.units / POINTS;
    if (this.reads > last.reads && isFar) this.#note();
  }

  /** Gives out picks. */
  #dispatch(): void {
    if (this.#nowMs >= this.#cacheToldMs + CACHE_MS) {
      this.#cacheToldMs = this.#nowMs;
      this.timed.planner.setHeadroom(this.#cache.free * this.#setting.unitBytes);
    }
    for (const task of this.tasks) {
      while (task.hasRoom) {
        const pick = this.timed.next(task.number, this.#nowMs);
        if (pick === undefined) break;
        task.busy++;
        const entry = { pick, task: this.tasks.indexOf(task), isWaiting: !this.#cache.has(pick.unit) };
        const number = this.#inProcess.add(entry);
        if (entry.isWaiting) {
          this.#ask({ unit: pick.unit, foreground: false });
        } else {
          this.#cache.use(pick.unit);
          this.#queue.add(task.process(this.#nowMs), Kind.PROCESSED + number * KINDS);
        }
      }
    }
  }

  #processed(number: number): void {
    const { pick, task: index } = this.#inProcess.take(number);
    const task = this.tasks[index];
    this.timed.settle(pick, task.number, this.#nowMs);
    task.busy--;
    task.processed++;
    this.decisions++;
    if (this.timed.planner.left(task.number) === 0 && task.busy === 0) task.doneMs = this.#nowMs;
    for (const unit of this.#consumed.splice(0)) {
      if (this.#states[unit] & FOREGROUND || !this.#cache.has(unit)) continue;
      this.#cache.remove(unit);
      this.#left(unit);
    }
    if (this.decisions >= this.#weighedAt) this.#measureMemory();
  }

  #ask(request: Request): void {
    if (request.foreground) this.#states[request.unit] |= FOREGROUND;
    if (this.#states[request.unit] & ASKED) return;
    this.#states[request.unit] |= ASKED;
    this.#disk.ask(request);
    this.#beginRead();
  }

  #beginRead(): void {
    const takesMs = this.#disk.begin();
    if (takesMs !== undefined) this.#queue.add(this.#nowMs + takesMs, Kind.READ);
  }

  #arrived({ unit, foreground }: Request): void {
    if (foreground) this.foregroundReads++;
    else this.reads++;
    this.#states[unit] &= ~ASKED;
    this.#cache.use(unit);
    this.timed.pagesChanged(unit, this.#unitPages, 1);
    this.#inProcess.arrived(unit, (number, { task }) => this.#queue.add(this.tasks[task].process(this.#nowMs), Kind.PROCESSED + number * KINDS));
    this.#beginRead();
  }

  /** The unit is not cached any more. */
  #left(unit: number): void {
    this.#states[unit] &= ~FOREGROUND;
    this.timed.pagesChanged(unit, this.#unitPages, -1);
  }

  #accessed(): void {
    const { unit } = this.#access as Access;
    if (this.#cache.has(unit)) {
      this.#states[unit] |= FOREGROUND;
      this.#cache.use(unit);
    } else {
      this.#ask({ unit, foreground: true });
    }
    this.#nextAccess();
  }

  #nextAccess(): void {
    this.#access = this.#accesses?.next().value;
    if (this.#access !== undefined) this.#queue.add(this.#access.atMs, Kind.ACCESS);
  }

  #note(): void {
    this.points.push({ atMs: this.#nowMs, reads: this.reads });
  }

  #fill(work: () => void): void {
    const beganMs = cpuMs();
    work();
    this.fillMs += cpuMs() - beganMs;
  }

  /** Now and then: it takes a collection. */
  #measureMemory(): void {
    this.memoryBytes = Math.max(this.memoryBytes, liveBytes() - this.#baselineBytes);
    this.#weighedAt = this.decisions + this.#setting.units;
  }
}

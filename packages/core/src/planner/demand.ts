import type { Pace } from './pace.js';
import type { PlannerTask } from './planner-task.js';
import { countTasks } from './task-bits.js';
import type { UnitHeap } from './unit-heap.js';

/** A task with a deadline reads the disk when what is left would take so much of the time left, */
const DEMANDS_AT = 1 / 2;
/** or when the slowest of those that wait for it would take so much of it, */
const TOGETHER_AT = 1 / 1.5;
/** leads when it would take so much of it, */
const LEADS_AT = 1 / 1.25;
/** and goes beyond the budget at so much. */
const PRESSES_AT = 1 / 1.05;
/** Of the time from declaration to deadline, so much is kept free. */
const SLACK = 1 / 10;
/** Deadlines are weighed again after so long. */
const PLAN_MS = 100;
/** A rate measured for so long is believed, in milliseconds. */
const BELIEVED_MS = 10_000;

/** A deadline that cannot be met, or has passed. */
export interface Due {
  /** Whether it has passed. */
  readonly missed: boolean;
  readonly bytesLeft: number;
  /** The rate that it would take; Infinity if the deadline has passed. */
  readonly neededBytesPerSecond: number;
  /** The rate that the task makes while it is at work. */
  readonly bytesPerSecond: number;
}

/**
 * Weighs what tasks declared: which of them want the disk read for them now,
 * and which go before all others. Sets of tasks are bits.
 *
 * A deadline stands for all that has to be read up to it, for the task itself
 * and for those whose deadlines come earlier; what several of them need counts
 * once. What is read waits for all that need it, so that one with time to spare
 * has to begin as early as the slowest of these takes.
 */
export class Demand {
  /** Tasks that want cold units read. */
  demanding = 0;
  /** Tasks to which all of their units matter: they do without none. */
  firm = 0;
  /** Tasks that go before all others; none if nothing cold is left for them. */
  leading = 0;
  /** Tasks that will be late unless they go beyond the budget. */
  pressing = 0;
  readonly #toldEarly = new Set<PlannerTask>();
  readonly #toldLate = new Set<PlannerTask>();
  #weighAtMs = -Infinity;

  /** Something was declared, or a task came or went. */
  changed(task: PlannerTask): void {
    this.#toldEarly.delete(task);
    this.#toldLate.delete(task);
    this.stale();
  }

  /** The next `weigh` does not wait. */
  stale(): void {
    this.#weighAtMs = -Infinity;
  }

  /** Weighs anew if it is time to. `cold` are the classes of what would have to be read, `disk` is how fast that goes. */
  weigh(nowMs: number, tasks: readonly PlannerTask[], cold: readonly (readonly UnitHeap[])[], disk: Pace): void {
    if (nowMs < this.#weighAtMs) return;
    this.#weighAtMs = nowMs + PLAN_MS;
    this.demanding = this.firm = this.leading = this.pressing = 0;
    const due: PlannerTask[] = [];
    for (const task of tasks) {
      if (!task.isLive) continue;
      if (!task.isFlexible) this.firm |= task.bit;
      if (task.deadlineMs === Infinity) this.demanding |= task.bit;
      else if (task.left > 0) due.push(task);
    }
    if (due.length > 0) this.#weighDeadlines(nowMs, due.sort((a, b) => a.deadlineMs - b.deadlineMs), tasks, cold, disk);
  }

  #weighDeadlines(nowMs: number, due: readonly PlannerTask[], tasks: readonly PlannerTask[], cold: readonly (readonly UnitHeap[])[], disk: Pace): void {
    let upTo = 0;
    let firm = 0;
    let flexibleMs = 0;
    for (const task of due) {
      upTo |= task.bit;
      if (task.isFlexible) flexibleMs += task.timeMs;
      else firm |= task.bit;
      const { bytes, units } = sum(cold, firm);
      const takesMs = Math.max(task.timeMs, disk.timeMs(bytes, units) + flexibleMs);
      const slackMs = (task.deadlineMs - task.declaredMs) * SLACK;
      const leftMs = Math.max(task.deadlineMs - nowMs - slackMs, 0);
      if (takesMs >= leftMs * DEMANDS_AT || togetherMs(tasks, cold, firm) >= leftMs * TOGETHER_AT) this.demanding |= upTo;
      // One that is late already is not worth that others come late too.
      if (nowMs >= task.deadlineMs) {
        upTo = firm = flexibleMs = 0;
        continue;
      }
      if (this.leading === 0 && takesMs >= leftMs * LEADS_AT && sum(cold, upTo).units > 0) this.leading = upTo;
      if (takesMs >= leftMs * PRESSES_AT) this.pressing |= upTo;
    }
  }

  /** How much a cold class matters whose units these tasks need. */
  rank(needed: number): number {
    return (countTasks(needed & this.leading) * 32 + countTasks(needed & this.firm)) * 32 + countTasks(needed & ~this.firm);
  }

  /** Says of a task, once early and once late, that its deadline can't be met; undefined otherwise. */
  due(task: PlannerTask, nowMs: number): Due | undefined {
    const { deadlineMs, timeMs } = task;
    if (deadlineMs === Infinity || task.left === 0) return undefined;
    const leftMs = deadlineMs - nowMs;
    const missed = leftMs <= 0;
    if (!missed && (task.pace.measuredMs < BELIEVED_MS || timeMs <= leftMs)) return undefined;
    const told = missed ? this.#toldLate : this.#toldEarly;
    if (told.has(task)) return undefined;
    told.add(task);
    const bytesLeft = task.bytesLeft * task.share;
    return { missed, bytesLeft, neededBytesPerSecond: missed ? Infinity : (bytesLeft / leftMs) * 1000, bytesPerSecond: timeMs === 0 ? 0 : (bytesLeft / timeMs) * 1000 };
  }
}

/** Milliseconds that the units of `firm` tasks take the slowest of all that need them too: the others wait for it. */
function togetherMs(tasks: readonly PlannerTask[], cold: readonly (readonly UnitHeap[])[], firm: number): number {
  let most = 0;
  for (const task of tasks) {
    if (!task.isLive || task.isFlexible || task.left === 0) continue;
    const { bytes, units } = sum(cold, firm, task.bit);
    most = Math.max(most, task.pace.timeMs(bytes, units));
  }
  return most;
}

/** What is in classes that some of the tasks need, and some of the others too. */
function sum(classes: readonly (readonly UnitHeap[])[], tasks: number, others = tasks): { bytes: number; units: number } {
  let bytes = 0;
  let units = 0;
  for (const heaps of classes) {
    for (const heap of heaps) {
      const needed = heap.open | heap.closed;
      if ((needed & tasks) === 0 || (needed & others) === 0) continue;
      bytes += heap.bytes;
      units += heap.size;
    }
  }
  return { bytes, units };
}

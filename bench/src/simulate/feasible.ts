import type { TaskSpec } from './task-spec.js';
import type { UnitClass } from './unit-classes.js';
import { Windows } from './windows.js';

/** What deadlines are measured by. */
export interface Speeds {
  /** The time in which the disk reads a unit, in milliseconds. */
  readonly diskUnitMs: number;
  /** The same of each task's processing. */
  readonly taskUnitMs: readonly number[];
  /** How many units each task processes. */
  readonly units: readonly number[];
}

/**
 * Which tasks the optimum can have done by their deadlines: those that are fast
 * enough themselves and, the earliest deadline first, those with which the disk
 * can read in each stretch of time what has to be read in it. Who is left out
 * is late whoever plans; who is in may be late none the less, so that a planner
 * that misses none of them is as good as any.
 */
export function feasible(tasks: readonly TaskSpec[], classes: readonly UnitClass[], speeds: Speeds): boolean[] {
  const windows = new Windows(tasks);
  const isMet = tasks.map(() => false);
  let met = 0;
  for (const task of windows.byDeadline) {
    const { startMs, deadlineMs } = tasks[task];
    const own = Math.max(speeds.taskUnitMs[task], 0) * speeds.units[task];
    if (startMs + own > deadlineMs || !diskKeepsUp(tasks, met | (1 << task), classes, windows, speeds.diskUnitMs)) continue;
    met |= 1 << task;
    isMet[task] = true;
  }
  return isMet;
}

/** Whether all that these tasks need to have read from one start to one deadline can be read in that time. */
function diskKeepsUp(tasks: readonly TaskSpec[], mask: number, classes: readonly UnitClass[], windows: Windows, unitMs: number): boolean {
  const chosen = tasks.filter((_, task) => mask & (1 << task));
  return chosen.every(({ startMs }) =>
    chosen.every(({ deadlineMs }) => {
      const within = tasks.reduce((bits, one, task) => (mask & (1 << task) && one.startMs >= startMs && one.deadlineMs <= deadlineMs ? bits | (1 << task) : bits), 0);
      const reads = classes.reduce((sum, { needed, units }) => sum + windows.moments(needed & within).length * units, 0);
      return reads * unitMs <= deadlineMs - startMs;
    }),
  );
}

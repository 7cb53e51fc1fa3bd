import type { UnitClass } from './unit-classes.js';
import type { Windows } from './windows.js';

/** The fewest reads, in units; `dueAt[task]`: how many of them have to come by its deadline, and not by an earlier one. */
export interface Optimum {
  readonly reads: number;
  readonly dueAt: readonly number[];
}

/**
 * The fewest reads with which each task gets its units between its start and its
 * deadline, by one who knows all that will happen. A read serves all tasks in
 * whose windows it is; what applications read serves them for free. Neither the
 * disk's speed nor the tasks' matters here, nor does a unit stay in the cache.
 *
 * `enough[task]`: how many units suffice a task that may choose; it chooses
 * those that cost nothing, then others. Exact with one such task; with several,
 * which choose one after the other, it may be too high.
 */
export function optimum(classes: readonly UnitClass[], windows: Windows, enough: readonly number[]): Optimum {
  let chosen = classes;
  for (const task of windows.byDeadline) if (enough[task] < Infinity) chosen = choose(chosen, windows, task, enough[task]);
  const dueAt = enough.map(() => 0);
  for (const { needed, units } of chosen) for (const task of windows.moments(needed)) dueAt[task] += units;
  return { reads: dueAt.reduce((sum, units) => sum + units, 0), dueAt };
}

/** The task takes the units that it needs least reads for; it does not need the others any more. */
function choose(classes: readonly UnitClass[], windows: Windows, task: number, enough: number): UnitClass[] {
  const bit = 1 << task;
  const out = classes.filter(({ choosable }) => (choosable & bit) === 0);
  const costs = ({ needed, free }: UnitClass): number => (free & bit ? 0 : windows.moments(needed | bit).length - windows.moments(needed).length);
  let left = enough;
  for (const one of classes.filter(({ choosable }) => choosable & bit).sort((a, b) => costs(a) - costs(b))) {
    const taken = Math.min(one.units, left);
    left -= taken;
    if (taken > 0) out.push({ ...one, needed: one.free & bit ? one.needed : one.needed | bit, units: taken });
    if (taken < one.units) out.push({ ...one, units: one.units - taken });
  }
  return out;
}

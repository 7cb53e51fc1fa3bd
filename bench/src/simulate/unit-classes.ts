import type { TaskSpec } from './task-spec.js';

/** Units that are alike to the optimum. Sets of tasks are bits. */
export interface UnitClass {
  /** Tasks that need them, without those that applications serve for free. */
  readonly needed: number;
  /** Tasks that may choose them, and do without others. */
  readonly choosable: number;
  /** Those of them that applications serve for free. */
  readonly free: number;
  readonly units: number;
}

/**
 * Puts units into classes. `needed` has the tasks of each unit, `free` those of
 * them in whose windows an application reads it.
 */
export function unitClasses(needed: Uint16Array, free: Uint16Array | undefined, tasks: readonly TaskSpec[]): UnitClass[] {
  const flexible = tasks.reduce((mask, { enough }, task) => (enough < 1 ? mask | (1 << task) : mask), 0);
  const counts = new Map<number, number>();
  for (let unit = 0; unit < needed.length; unit++) {
    const key = needed[unit] + (free === undefined ? 0 : free[unit] & needed[unit]) * 2 ** 16;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, units]) => {
    const needed = key % 2 ** 16;
    const free = Math.floor(key / 2 ** 16);
    return { needed: needed & ~flexible & ~free, choosable: needed & flexible, free: free & flexible, units };
  });
}

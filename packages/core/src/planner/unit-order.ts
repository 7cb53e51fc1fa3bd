import { countTasks } from './task-bits.js';
import type { Before } from './unit-heap.js';
import type { UnitTable } from './unit-table.js';

/** What stands in the cache of a unit that some task may take: the kinds in the order in which a task prefers them. */
export const Kind = {
  /** All of it, and the run did not bring it in: an application did. */
  CACHED: 0,
  /** Some of it, and the run did not bring it in. */
  PARTIAL: 1,
  /** Admitted: the run has brought it in for another task, or is about to. */
  INFLIGHT: 2,
  /** Nothing. */
  COLD: 3,
} as const;

export function kindOf(units: UnitTable, unit: number): number {
  if (units.brought[unit] > 0) return Kind.INFLIGHT;
  if (units.resident[unit] === 0) return Kind.COLD;
  return units.missing(unit) === 0 ? Kind.CACHED : Kind.PARTIAL;
}

/** Whether at least half of the unit is cached. */
export function isMostlyCached(units: UnitTable, unit: number): boolean {
  return units.resident[unit] * 2 >= units.pages(unit);
}

/** Most resident pages first; of equals the one that fewer tasks need, which is the sooner done with. */
export function byResidency(units: UnitTable): Before {
  return (a, b) => {
    const pages = units.resident[a] - units.resident[b];
    if (pages !== 0) return pages > 0;
    const tasks = countTasks(units.needed[a]) - countTasks(units.needed[b]);
    return tasks === 0 ? a < b : tasks < 0;
  };
}

/** As `byResidency`, after those that are cached by half. */
export function mostlyCachedFirst(units: UnitTable): Before {
  const before = byResidency(units);
  return (a, b) => {
    const mostly = isMostlyCached(units, a);
    return mostly === isMostlyCached(units, b) ? before(a, b) : mostly;
  };
}

/** First what was brought in first: the kernel evicts in about this order. */
export function byAdmission(units: UnitTable): Before {
  return (a, b) => units.admitted[a] < units.admitted[b];
}

/** As they lie on the disk. */
export function byPlace(units: UnitTable): Before {
  return (a, b) => {
    const difference = units.physical[a] - units.physical[b];
    return Number.isNaN(difference) || difference === 0 ? a < b : difference < 0;
  };
}

/** As `compareFiles` has the files, and ascending in each. */
export function byFile(units: UnitTable, compareFiles: (slotA: number, slotB: number) => number): Before {
  return (a, b) => {
    const slotA = units.slot[a];
    const slotB = units.slot[b];
    return slotA === slotB ? a < b : compareFiles(slotA, slotB) < 0;
  };
}

import { PAGE_BYTES } from '../model/index.js';
import type { UnitReason } from '../model/index.js';
import type { ClassHeaps } from './class-heaps.js';
import type { Demand } from './demand.js';
import { countTasks } from './task-bits.js';
import { Kind } from './unit-order.js';
import type { UnitTable } from './unit-table.js';

const RUNNERS_UP = 3;

/** A unit as a choice. */
export interface Candidate {
  readonly unit: number;
  readonly reason: Exclude<UnitReason, 'direct'>;
  /** How many tasks need it. */
  readonly tasks: number;
  readonly residentBytes: number;
}

/** Why a unit was picked: what it was compared by, and what else there was. */
export interface Explanation extends Candidate {
  /** What the run had brought in and not yet consumed, and what it may, in bytes. */
  readonly outstandingBytes: number;
  readonly budgetBytes: number;
  /** Whether a task whose deadline presses goes before all others. */
  readonly deadlineLeads: boolean;
  /** The first of each class that was open to the task, best first, at most three. */
  readonly runnersUp: readonly Candidate[];
}

/** Why a unit of this kind is taken. */
export function reasonOf(kind: number): Candidate['reason'] {
  return kind === Kind.COLD ? 'cold' : kind === Kind.INFLIGHT ? 'inflight' : 'cached';
}

export function candidate(units: UnitTable, unit: number, reason: Candidate['reason']): Candidate {
  return {
    unit,
    reason,
    tasks: countTasks(units.needed[unit]),
    residentBytes: Math.min(units.resident[unit] * PAGE_BYTES, units.bytes[unit]),
  };
}

/** What else the task could have been given, best first. */
export function runnersUp(units: UnitTable, heaps: ClassHeaps, demand: Demand, bit: number, chosen: number): Candidate[] {
  const found: Candidate[] = [];
  for (const kind of Object.values(Kind)) {
    const tops = heaps.of(kind).filter((heap) => heap.open & bit && heap.top !== chosen);
    if (kind === Kind.COLD) tops.sort((a, b) => demand.rank(b.open | b.closed) - demand.rank(a.open | a.closed) || (heaps.isBefore(kind, a.top, b.top) ? -1 : 1));
    else tops.sort((a, b) => (heaps.isBefore(kind, a.top, b.top) ? -1 : 1));
    found.push(...tops.slice(0, RUNNERS_UP - found.length).map((heap) => candidate(units, heap.top, reasonOf(kind))));
  }
  return found;
}

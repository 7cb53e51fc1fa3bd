import type { BytePath, UnitReason } from '../model/index.js';
import type { Candidate, Explanation } from '../planner/index.js';

/** A unit that was, or could have been, chosen. Byte counts are bytes. */
export interface ExplainedUnit {
  readonly path: BytePath;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: UnitReason;
  /** How many tasks need it. */
  readonly tasks: number;
  readonly residentBytes: number;
}

/** Why a task was given this unit, and what else it could have been given, best first. */
export interface ExplainEvent extends ExplainedUnit {
  readonly type: 'explain';
  readonly task: string;
  /** CLOCK_MONOTONIC, in milliseconds. */
  readonly atMs: number;
  /** What was brought into the cache and not yet consumed by all, and what may be; null: no bound. */
  readonly outstandingBytes: number;
  readonly budgetBytes: number | null;
  /** Whether a task whose deadline presses goes before others. */
  readonly deadlineLeads: boolean;
  readonly runnersUp: readonly ExplainedUnit[];
}

/** `placeOf` says where a unit of the planner is. */
export function explainEvent(task: string, atMs: number, why: Explanation, placeOf: (unit: number) => Pick<ExplainedUnit, 'path' | 'offset' | 'bytes'>): ExplainEvent {
  const shown = ({ unit, reason, tasks, residentBytes }: Candidate): ExplainedUnit => ({ ...placeOf(unit), reason, tasks, residentBytes });
  return {
    type: 'explain',
    task,
    atMs,
    ...shown(why),
    outstandingBytes: why.outstandingBytes,
    budgetBytes: Number.isFinite(why.budgetBytes) ? why.budgetBytes : null,
    deadlineLeads: why.deadlineLeads,
    runnersUp: why.runnersUp.map(shown),
  };
}

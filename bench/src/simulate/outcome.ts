import { cpuMs } from './cpu-and-memory.js';
import { feasible } from './feasible.js';
import { optimum } from './optimum.js';
import type { Setting } from './setting.js';
import { Simulation } from './simulation.js';
import type { Point } from './simulation.js';
import { needs } from './task-spec.js';
import { unitClasses } from './unit-classes.js';
import { Windows } from './windows.js';

/** How one task fared. Times are milliseconds; units are those that it needs. */
export interface TaskOutcome {
  readonly name: string;
  readonly units: number;
  readonly startMs: number;
  readonly deadlineMs: number;
  readonly doneMs: number;
  /** When it was told that its deadline can't be met; Infinity if never. */
  readonly toldMs: number;
  readonly isLate: boolean;
  /** Whether the optimum meets its deadline. */
  readonly isFeasible: boolean;
}

/** What the planner did, and the optimum beside it. Reads are in units. */
export interface Outcome {
  readonly tasks: readonly TaskOutcome[];
  readonly reads: number;
  readonly optimumReads: number;
  /** What each task alone would read, all of them together. */
  readonly aloneReads: number;
  readonly foregroundReads: number;
  readonly decisions: number;
  readonly events: number;
  /** Calls of the planner, those that gave nothing included, and what they took. */
  readonly plannerCalls: number;
  readonly plannerMs: number;
  readonly fillMs: number;
  readonly plannerBytes: number;
  /** CPU time of the whole simulation, the filling not counted. */
  readonly cpuMs: number;
  /** Reads up to a moment: the planner's, the optimum's at the latest, and each task's alone at the latest. */
  readonly curves: { readonly planner: readonly Point[]; readonly optimum: readonly Point[]; readonly alone: readonly Point[] };
}

/** Runs the setting, and computes the optimum beside it. */
export function outcomeOf(setting: Setting): Outcome {
  const { tasks, unitBytes } = setting;
  const needed = neededColumn(setting);
  const simulation = new Simulation(setting, needed);
  const beganMs = cpuMs();
  const filledMs = simulation.planner.fillMs;
  simulation.run();
  const spentMs = cpuMs() - beganMs - (simulation.planner.fillMs - filledMs);

  const windows = new Windows(tasks);
  const counts = tasks.map((_, task) => needed.reduce((sum, mask) => sum + ((mask >> task) & 1), 0));
  const sizes = tasks.map(({ enough }, task) => (enough < 1 ? Math.ceil(counts[task] * enough) : counts[task]));
  const free = setting.foreground && freeColumn(setting, windows, simulation.nowMs);
  const best = optimum(unitClasses(needed, free, tasks), windows, sizes.map((size, task) => (tasks[task].enough < 1 ? size : Infinity)));
  const canMeet = feasible(tasks, unitClasses(needed, undefined, tasks), {
    diskUnitMs: (unitBytes / setting.disk.bytesPerSecond) * 1000,
    taskUnitMs: tasks.map(({ bytesPerSecond }) => (unitBytes / bytesPerSecond) * 1000),
    units: sizes,
  });
  const lastMs = Math.max(simulation.nowMs, ...tasks.map(({ deadlineMs }) => deadlineMs).filter((ms) => ms < Infinity));
  const staircase = (steps: readonly number[]): Point[] => {
    let reads = 0;
    return [{ atMs: 0, reads: 0 }, ...windows.byDeadline.map((task) => ({ atMs: Math.min(tasks[task].deadlineMs, lastMs), reads: (reads += steps[task]) }))];
  };
  return {
    tasks: simulation.tasks.map(({ spec, doneMs, toldMs, isLate }, task) => ({ name: spec.name, units: sizes[task], startMs: spec.startMs, deadlineMs: spec.deadlineMs, doneMs, toldMs, isLate, isFeasible: canMeet[task] })),
    reads: simulation.storage.reads,
    optimumReads: best.reads,
    aloneReads: sizes.reduce((sum, size) => sum + size, 0),
    foregroundReads: simulation.storage.foregroundReads,
    decisions: simulation.decisions,
    events: simulation.events,
    plannerCalls: simulation.planner.calls,
    plannerMs: simulation.planner.spentMs,
    fillMs: simulation.planner.fillMs,
    plannerBytes: simulation.planner.bytes,
    cpuMs: spentMs,
    curves: { planner: simulation.points, optimum: staircase(best.dueAt), alone: staircase(sizes) },
  };
}

/** The tasks of each unit, as bits. */
function neededColumn({ tasks, units }: Setting): Uint16Array {
  const column = new Uint16Array(units);
  for (const [task, spec] of tasks.entries()) {
    for (let unit = 0; unit < units; unit++) if (needs(spec, task, unit, units)) column[unit] |= 1 << task;
  }
  return column;
}

/** The tasks in whose windows an application reads a unit. The windows of those without a deadline end with the run, or with the last deadline. */
function freeColumn({ units, unitBytes, foreground, horizonMs, tasks }: Setting, windows: Windows, endMs: number): Uint16Array {
  const free = new Uint16Array(units);
  const untilMs = tasks.every(({ deadlineMs }) => deadlineMs < Infinity) ? horizonMs : Math.max(endMs, horizonMs < Infinity ? horizonMs : 0);
  for (let accesses = foreground?.(units, unitBytes), access = accesses?.next().value; access !== undefined && access.atMs <= untilMs; access = accesses?.next().value) free[access.unit] |= windows.at(access.atMs);
  return free;
}

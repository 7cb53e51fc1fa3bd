import type { Report } from '../event-path/report.js';
import type { Outcome } from './outcome.js';
import type { Scenario } from './scenarios.js';
import type { Setting } from './setting.js';

const GB = 1e9;
/** With fewer units, a decision's time is that of weighing deadlines: seconds of virtual time lie between two. */
const MANY_UNITS = 1e6;

/** Tells what came out, and holds it to the bars. */
export function tellFigures(report: Report, scenario: Scenario, { units, unitBytes }: Setting, outcome: Outcome): void {
  report.begin(scenario.name);
  report.note('device reads of the tasks', (outcome.reads * unitBytes) / GB, 'GB');
  report.note('the optimum', (outcome.optimumReads * unitBytes) / GB, 'GB');
  report.note('each task alone, together', (outcome.aloneReads * unitBytes) / GB, 'GB');
  if (outcome.foregroundReads > 0) report.note('device reads of applications', (outcome.foregroundReads * unitBytes) / GB, 'GB');
  const ratio = outcome.reads / outcome.optimumReads;
  if (scenario.isDeclared) report.bar('device reads / optimum', ratio, '', '<=', 1.03);
  else report.note('device reads / optimum', ratio, '');
  report.note('deadlines missed', outcome.tasks.filter(({ isLate }) => isLate).length, 'tasks');
  report.bar('deadlines missed that the optimum meets', outcome.tasks.filter(({ isLate, isFeasible }) => isLate && isFeasible).length, 'tasks', '=', 0);
  report.note('unit decisions', outcome.decisions, '');
  const planningUs = (outcome.plannerMs * 1000) / outcome.decisions;
  if (units >= MANY_UNITS) report.bar('planning, a unit decision', planningUs, 'µs', '<=', 2);
  else report.note('planning, a unit decision (held to a bar from a million units on)', planningUs, 'µs');
  report.note('the same with all that the simulator does', (outcome.cpuMs * 1000) / outcome.decisions, 'µs');
  report.note('calls of the planner a decision', outcome.plannerCalls / outcome.decisions, '');
  report.note('the whole simulation, an event', (outcome.cpuMs * 1000) / outcome.events, 'µs');
  report.note('filling the planner, a unit', (outcome.fillMs * 1000) / units, 'µs');
  report.bar('memory of the planner, a unit', outcome.plannerBytes / units, 'bytes', '<=', 200);
}

/** A line a task, for people. */
export function taskLines(outcome: Outcome, units: number): string[] {
  return outcome.tasks.map(({ name, units: own, startMs, deadlineMs, doneMs, toldMs, isLate, isFeasible }) => {
    const verdict = !isLate ? 'in time' : isFeasible ? 'LATE' : 'late, as it has to be';
    const told = toldMs === Infinity ? '' : `, told at ${hours(toldMs)}`;
    return `  ${name.padEnd(10)}${((own / units) * 100).toFixed(1).padStart(6)} %  start ${hours(startMs).padStart(8)}  done ${hours(doneMs).padStart(8)}  deadline ${hours(deadlineMs).padStart(8)}  ${verdict}${told}`;
  });
}

function hours(ms: number): string {
  return ms === Infinity ? 'none' : `${(ms / 3_600_000).toFixed(2)} h`;
}

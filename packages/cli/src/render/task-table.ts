import type { TaskState } from '../framework.js';
import { printable } from './printable.js';
import { duration, grouped } from './quantity.js';
import { table } from './table.js';

/** A task of the state database, and how far its cycle is. */
export interface TaskProgressState {
  readonly task: TaskState;
  readonly filesDone: number;
  /** Files of which some segments are done. */
  readonly filesPartial: number;
}

/** The tasks known, for people. `path` is text already. */
export function tasksText(tasks: readonly TaskState[], pathOf: (task: TaskState) => string): string {
  const columns = [{ title: 'id', align: 'right' }, { title: 'task' }, { title: 'state' }, { title: 'cycle', align: 'right' }, { title: 'path' }] as const;
  return table(columns, tasks.map((task) => [String(task.id), printable(task.name), stateOf(task), String(task.cycle), pathOf(task)]));
}

/** What each task is doing, for people. */
export function statusText(states: readonly TaskProgressState[], pathOf: (task: TaskState) => string, nowMs: number): string {
  const columns = [
    { title: 'task' },
    { title: 'state' },
    { title: 'cycle', align: 'right' },
    { title: 'files done', align: 'right' },
    { title: 'started' },
    { title: 'last cycle ended' },
    { title: 'path' },
  ] as const;
  const rows = states.map(({ task, filesDone, filesPartial }) => [
    printable(task.name),
    stateOf(task),
    String(task.cycle),
    `${grouped(filesDone)}${filesPartial > 0 ? ` + ${grouped(filesPartial)} in part` : ''}`,
    ago(task.startedMs, nowMs),
    ago(task.finishedMs, nowMs),
    pathOf(task),
  ]);
  return table(columns, rows);
}

/** A task as the fields of a JSON line. */
export function taskFields({ id, name, cycle, startedMs, finishedMs, runningPid }: TaskState): Readonly<Record<string, unknown>> {
  return { id, task: name, cycle, startedMs, finishedMs, running: runningPid !== null, pid: runningPid || null };
}

function stateOf({ runningPid }: TaskState): string {
  if (runningPid === null) return 'idle';
  return runningPid === 0 ? 'running' : `running (${runningPid})`;
}

function ago(whenMs: number, nowMs: number): string {
  return whenMs === 0 ? 'never' : `${duration(Math.max(0, nowMs - whenMs))} ago`;
}

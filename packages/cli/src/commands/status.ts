import type { BytePath } from '@duet/core';
import type { StateView, TaskState } from '../framework.js';
import type { Invocation } from '../invocation.js';
import { jsonLine, pathFields } from '../render/json-line.js';
import { printable, printablePath } from '../render/printable.js';
import { processFields, processText, sessionFields } from '../render/process-table.js';
import { statusText, taskFields } from '../render/task-table.js';
import type { TaskProgressState } from '../render/task-table.js';

/** What each task is doing, how far its cycle is, and what the processes that run have seen. Resolves to the exit code. */
export async function statusCommand(invocation: Invocation): Promise<number> {
  const { environment, json, stateDir } = invocation;
  const { stdout, stderr } = environment;
  const framework = await environment.framework();
  const view = await framework.viewState(stateDir);
  try {
    const states = view === undefined ? [] : await progressOf(view);
    const processes = await framework.processStatuses(stateDir);
    if (json) {
      const running = states.filter(({ task }) => task.runningPid !== null).length;
      stdout.write(jsonLine({ type: 'status', stateDir, tasks: states.length, running }));
      for (const { task, filesDone, filesPartial } of states) {
        stdout.write(jsonLine({ type: 'task', ...taskFields(task), ...pathFields(task.path as BytePath), filesDone, filesPartial }));
      }
      for (const one of processes) {
        stdout.write(jsonLine({ type: 'process', ...processFields(one) }));
        for (const session of one.status?.sessions ?? []) stdout.write(jsonLine({ type: 'session', pid: one.pid, ...sessionFields(session) }));
      }
    } else if (states.length === 0) {
      stderr.write(`no task has run yet (state: ${printable(stateDir)})\n`);
    } else {
      stdout.write(statusText(states, (task: TaskState) => printablePath(task.path as BytePath), environment.now()));
    }
    if (!json) for (const one of processes) stdout.write(`\n${processText(one)}`);
    return 0;
  } finally {
    await view?.close();
  }
}

async function progressOf(view: StateView): Promise<TaskProgressState[]> {
  const states: TaskProgressState[] = [];
  for (const task of view.tasks()) {
    const done = await view.loadDone(task.id);
    states.push({ task, filesDone: done.size, filesPartial: done.partial.size });
  }
  return states;
}

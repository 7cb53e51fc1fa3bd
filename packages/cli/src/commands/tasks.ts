import type { BytePath } from '@duet/core';
import type { Invocation } from '../invocation.js';
import { jsonLine, pathFields } from '../render/json-line.js';
import { printable, printablePath } from '../render/printable.js';
import { taskFields, tasksText } from '../render/task-table.js';

/** The tasks that the state database knows. Resolves to the exit code. */
export async function tasksCommand(invocation: Invocation): Promise<number> {
  const { environment, json, stateDir } = invocation;
  const view = await (await environment.framework()).viewState(stateDir);
  try {
    const tasks = view?.tasks() ?? [];
    if (json) {
      for (const task of tasks) environment.stdout.write(jsonLine({ type: 'task', ...taskFields(task), ...pathFields(task.path as BytePath) }));
    } else if (tasks.length === 0) {
      environment.stderr.write(`no task has run yet (state: ${printable(stateDir)})\n`);
    } else {
      environment.stdout.write(tasksText(tasks, (task) => printablePath(task.path as BytePath)));
    }
    return 0;
  } finally {
    await view?.close();
  }
}

import { DuetError, toDisplay } from '@duet/core/model';
import type { BytePath } from '@duet/core';
import { pathArgument, resolvePath } from './arguments/path-argument.js';
import type { StateView, TaskState } from './framework.js';

/**
 * The tasks of that name, on that path if one is given.
 *
 * @throws {DuetError} `DUET_ERR_TASK_UNKNOWN`, naming the tasks there are.
 */
export function selectTasks(view: StateView | undefined, name: string, pathText: string | undefined): TaskState[] {
  const all = view?.tasks() ?? [];
  const path = pathText === undefined ? undefined : resolvePath(pathArgument(pathText));
  const found = all.filter((task) => task.name === name && (path === undefined || task.path === path));
  if (found.length > 0) return found;
  const names = all.map((task) => `${task.name} on ${toDisplay(task.path as BytePath)}`);
  throw new DuetError('DUET_ERR_TASK_UNKNOWN', {
    operation: 'find the task',
    message: `no task '${name}' has run${path === undefined ? '' : ' on this path'}`,
    ...(path === undefined ? {} : { path: toDisplay(path) }),
    hint: names.length === 0 ? 'no task has run yet' : `the tasks are: ${names.join(', ')}`,
  });
}

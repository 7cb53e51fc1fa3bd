import type { BytePath, DoneSet, Duet, Item } from '@duet/core';
import type { TaskState } from '../framework.js';
import type { Invocation } from '../invocation.js';
import { jsonLine } from '../render/json-line.js';
import { watchFields, watchTextLine } from '../render/watch-line.js';
import { selectTasks } from '../task-selection.js';

const BATCH = 1_024;

/** The cached pages that a task would be told of if it began now: those of files not done in this cycle. Resolves to the exit code. */
export async function itemsCommand(name: string, options: { readonly path?: string }, invocation: Invocation): Promise<number> {
  const { environment, stateDir } = invocation;
  const framework = await environment.framework();
  const view = await framework.viewState(stateDir);
  try {
    for (const task of selectTasks(view, name, options.path)) {
      const done = await (view as NonNullable<typeof view>).loadDone(task.id);
      const duet = await framework.openDuet({ stateDir, source: 'cachestat', logger: await invocation.logger() });
      try {
        await print(duet, task, done, invocation);
      } finally {
        await duet.close();
      }
    }
    return 0;
  } finally {
    await view?.close();
  }
}

async function print(duet: Duet, task: TaskState, done: DoneSet, { environment, json }: Invocation): Promise<void> {
  const path = task.path as BytePath;
  const session = duet.register({ name: task.name, path, events: ['exists', 'modified'] });
  const lineOf = (item: Item): string =>
    json
      ? jsonLine({ type: 'item', task: task.name, ...watchFields(item, { root: path, absolute: false }) })
      : watchTextLine(item, { root: path, absolute: false });
  try {
    await session.ready;
    for (let items = session.fetch(BATCH); items.length > 0 && !environment.stdout.gone; items = session.fetch(BATCH)) {
      for (const item of items) {
        if (!done.has(item.file.no)) environment.stdout.write(lineOf(item));
      }
      await environment.stdout.drained();
    }
  } finally {
    session.close();
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytePath } from '../model/index.js';
import type { Planner } from '../planner/index.js';
import type { SessionHub } from '../session/index.js';
import type { TaskRun } from './task-run.js';

/** Files that a task meets in one turn of the event loop. */
const FILES_PER_TURN = 1000;

/**
 * Has a task meet the files that the tasks before it were given, while these go
 * on; `isOver` ends it early. What none of them wanted is left for a scan.
 */
export async function meetKnown(task: TaskRun, planner: Planner, hub: SessionHub, path: BytePath, isOver: () => boolean): Promise<void> {
  const { units } = planner;
  let met = 0;
  for (let unit = 0; unit < units.length; unit += units.count(units.slot[unit])) {
    const slot = units.slot[unit];
    // Those that are gone meanwhile have no name there.
    if (hub.index.pathUnder(slot, path) !== undefined) task.meet(slot, hub.ref(slot, path), units.physical[unit]);
    if (++met % FILES_PER_TURN !== 0) continue;
    await nextTurn();
    if (isOver()) return;
  }
}

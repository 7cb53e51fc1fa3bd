import { PageEvent } from '../model/index.js';
import type { Planner } from '../planner/index.js';
import type { HubSession } from '../session/index.js';
import type { RunCache } from './run-cache.js';
import type { TaskRun } from './task-run.js';

/** Runs of pages taken in one poll, so that a flood of events does not hold up the event loop. */
const RUNS_PER_POLL = 8192;

/** Brings what the page cache does to the planner's ranks, to what the run knows of its own part in it, and to the tasks what may be out of date. */
export class PageFollower {
  readonly #session: HubSession;
  readonly #planner: Planner;
  readonly #tasks: readonly TaskRun[];
  readonly #cache: RunCache | undefined;

  constructor(session: HubSession, planner: Planner, tasks: readonly TaskRun[], cache: RunCache | undefined) {
    this.#session = session;
    this.#planner = planner;
    this.#tasks = tasks;
    this.#cache = cache;
  }

  poll(): void {
    if (!this.#session.isOpen) return;
    this.#session.fetchRuns(RUNS_PER_POLL, (slot, index, pages, events, changed) => {
      if (changed & PageEvent.EXISTS) {
        const sign = events & PageEvent.EXISTS ? 1 : -1;
        this.#cache?.pagesChanged(slot, index, pages, sign);
        this.#planner.pagesChanged(slot, index, pages, sign);
      }
      if (events & PageEvent.DIRTY) for (const task of this.#tasks) task.suspect(slot);
    });
  }
}

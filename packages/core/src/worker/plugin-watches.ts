import { Subscription } from 'rxjs/internal/Subscription';
import type { Plugin } from '../plugin/index.js';
import type { HubSession, SessionHub } from '../session/index.js';
import type { RunOptions } from './run-event.js';
import type { TaskRun } from './task-run.js';

/** Gives plugins the page events that they ask for, each from a session of its own. */
export class PluginWatches {
  readonly #hub: SessionHub;
  readonly #run: RunOptions;
  readonly #fail: (error: unknown) => void;
  readonly #sessions: HubSession[] = [];
  readonly #subscriptions = new Subscription();

  /** `fail` is called when a plugin can't take its events, or gets no more. */
  constructor(hub: SessionHub, run: RunOptions, fail: (error: unknown) => void) {
    this.#hub = hub;
    this.#run = run;
    this.#fail = fail;
  }

  /** @throws {DuetError} `DUET_ERR_TASKS_MAX` */
  add(task: TaskRun, { events, name }: Plugin): void {
    if (events.length === 0) return;
    const { path, exclude } = this.#run;
    const session = this.#hub.register({ name, path, events, ...(exclude === undefined ? {} : { exclude }) });
    this.#sessions.push(session);
    this.#subscriptions.add(
      session.items$.subscribe({
        next: (items) => {
          try {
            task.items(items);
          } catch (error) {
            this.#fail(error);
          }
        },
        error: this.#fail,
      }),
    );
  }

  /** No more events from now on. */
  stop(): void {
    this.#subscriptions.unsubscribe();
  }

  close(): void {
    this.stop();
    for (const session of this.#sessions) session.close();
  }
}

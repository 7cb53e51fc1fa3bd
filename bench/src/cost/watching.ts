import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EventName } from '@duet/core';
import { LabError } from '../lab/lab-error.js';
import { TracingSwitch } from './tracing-switch.js';

const WATCHER = fileURLToPath(new URL('watcher.js', import.meta.url));
const ALL_EVENTS: readonly EventName[] = ['added', 'removed', 'dirty', 'flushed'];

/** By then what runs at each poll is compiled. */
const START_UP_MS = 20_000;

/** What the watching process is asked to do. */
export type Order = { readonly what: 'watch'; readonly path: string; readonly events: readonly EventName[] } | { readonly what: 'leave' } | { readonly what: 'count' };

/** What the watching process has come to. */
export interface Watched {
  readonly events: number;
  readonly lost: number;
  /** Handed to its subscriber. */
  readonly items: number;
  /** CPU time of all its threads, whether spent in the kernel or not, in milliseconds. */
  readonly cpuMs: number;
}

/** A process in which a Duet task watches a path, or none does: then it holds nothing of the kernel, and sleeps. */
export class Watching {
  readonly #child: ChildProcess = fork(WATCHER);

  /** Has a task watch `path` for all events; resolves when it has met all files. @throws {LabError} if the process ends. */
  async watch(path: string): Promise<void> {
    await this.#order({ what: 'watch', path, events: ALL_EVENTS });
  }

  /** Ends the task, and removes what it made. @throws {LabError} if the process ends. */
  async leave(): Promise<void> {
    await this.#order({ what: 'leave' });
  }

  /** Watches `path` until start-up is over. */
  async warmUp(path: string): Promise<void> {
    await this.watch(path);
    await sleep(START_UP_MS);
    await this.leave();
  }

  /** Of the task that watches now. @throws {LabError} if the process ends. */
  counters(): Promise<Watched> {
    return this.#order({ what: 'count' });
  }

  get pid(): number {
    return this.#child.pid ?? NaN;
  }

  /** Of the task that watches now. @throws {LabError} if it traces nothing. */
  tracing(): TracingSwitch {
    return new TracingSwitch(this.pid);
  }

  /** Ends the process, and waits until it has removed what it made. */
  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #order(order: Order): Promise<Watched> {
    const waiting = new AbortController();
    const ended = once(this.#child, 'exit', waiting).then(([code]) => {
      throw new LabError(`the watching process ended with ${String(code)}`);
    });
    ended.catch(() => undefined);
    try {
      const answer = once(this.#child, 'message', waiting);
      this.#child.send(order);
      const [watched] = (await Promise.race([answer, ended])) as [Watched];
      return watched;
    } finally {
      waiting.abort();
    }
  }
}

/** Measures with a watching process, which ends afterwards. */
export async function withWatching(measure: (watching: Watching) => Promise<void>): Promise<void> {
  const watching = new Watching();
  try {
    await measure(watching);
  } finally {
    await watching.stop();
  }
}

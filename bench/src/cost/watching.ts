import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EventName } from '@duet/core';
import { LabError } from '../lab/lab-error.js';

const WATCHER = fileURLToPath(new URL('watcher.js', import.meta.url));
const ALL_EVENTS: readonly EventName[] = ['added', 'removed', 'dirty', 'flushed'];

/** What a watching process has come to since its start. */
export interface Watched {
  readonly events: number;
  readonly lost: number;
  /** Handed to its subscriber. */
  readonly items: number;
}

/** A process in which one Duet task watches a path. */
export class Watching {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts it; resolves when it has met all files. @throws {LabError} if it ends before. */
  static async start(path: string, events = ALL_EVENTS): Promise<Watching> {
    const watching = new Watching(fork(WATCHER, [path, ...events]));
    await watching.#told();
    return watching;
  }

  async counters(): Promise<Watched> {
    const told = this.#told();
    this.#child.send('counters');
    return told;
  }

  /** CPU time of all its threads that live, in milliseconds, whether spent in the kernel or not. */
  cpuMs(): number {
    const threads = `/proc/${this.#child.pid}/task`;
    const ns = readdirSync(threads).map((thread) => Number(readFileSync(`${threads}/${thread}/schedstat`, 'latin1').split(' ')[0]));
    return ns.reduce((sum, one) => sum + one, 0) / 1e6;
  }

  /** Ends it, and waits until it has removed what it made. */
  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #told(): Promise<Watched> {
    const waiting = new AbortController();
    const ended = once(this.#child, 'exit', waiting).then(([code]) => {
      throw new LabError(`the watching process ended with ${String(code)}`);
    });
    try {
      const [watched] = (await Promise.race([once(this.#child, 'message', waiting), ended])) as [Watched];
      return watched;
    } finally {
      waiting.abort();
      ended.catch(() => undefined);
    }
  }
}

/** Has a task watch `path`, if one is given, while something is measured. */
export async function whileWatched<T>(path: string | undefined, measure: () => Promise<T>): Promise<T> {
  if (path === undefined) return measure();
  const watching = await Watching.start(path);
  try {
    return await measure();
  } finally {
    await watching.stop();
  }
}

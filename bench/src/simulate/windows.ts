import type { TaskSpec } from './task-spec.js';

/** When a task may read: from its start to its deadline, both included. */
export type Window = Pick<TaskSpec, 'startMs' | 'deadlineMs'>;

/**
 * The fewest moments such that each window of a set of tasks (`mask`, a bit a
 * task) has one of them in it: so often a unit has to be read that all of these
 * tasks need, if it does not stay in the cache. Gives for each moment the task
 * at whose deadline it is: the latest that will do.
 *
 * Greedy: the earliest deadline needs a moment, and its end serves most others.
 */
export class Windows {
  readonly #windows: readonly Window[];
  readonly #byDeadline: readonly number[];
  readonly #known = new Map<number, readonly number[]>();

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
    this.#byDeadline = [...windows.keys()].sort((a, b) => windows[a].deadlineMs - windows[b].deadlineMs);
  }

  /** Tasks by their deadlines, the earliest first. */
  get byDeadline(): readonly number[] {
    return this.#byDeadline;
  }

  moments(mask: number): readonly number[] {
    const known = this.#known.get(mask);
    if (known !== undefined) return known;
    const moments: number[] = [];
    let atMs = -Infinity;
    for (const task of this.#byDeadline) {
      if ((mask & (1 << task)) === 0 || this.#windows[task].startMs <= atMs) continue;
      atMs = this.#windows[task].deadlineMs;
      moments.push(task);
    }
    this.#known.set(mask, moments);
    return moments;
  }

  /** The tasks in whose windows the moment is, as bits. */
  at(ms: number): number {
    let mask = 0;
    for (const [task, { startMs, deadlineMs }] of this.#windows.entries()) if (startMs <= ms && ms <= deadlineMs) mask |= 1 << task;
    return mask;
  }
}

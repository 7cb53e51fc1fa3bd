import type { Logger } from '../model/index.js';
import type { TaskProgress } from './run-event.js';

/** Rates of the first seconds say little, in milliseconds. */
const SETTLE_MS = 10_000;

/** Tells early, and once a task, that a deadline will be missed at the present rate. */
export class DeadlineWatch {
  readonly #deadlineMs: number;
  readonly #log: Logger;
  readonly #told = new Set<string>();

  /** `deadlineMs` counts from the start of the run; 0: none. */
  constructor(deadlineMs: number, log: Logger) {
    this.#deadlineMs = deadlineMs;
    this.#log = log;
  }

  /** Looks at a task's progress `elapsedMs` after the start, `bytes` of it made in this run. */
  check(progress: TaskProgress, bytes: number, elapsedMs: number): void {
    const left = progress.bytesTotal - progress.bytesDone;
    if (this.#deadlineMs === 0 || left <= 0 || this.#told.has(progress.task)) return;
    const timeLeftMs = this.#deadlineMs - elapsedMs;
    if (timeLeftMs > 0 && (elapsedMs < SETTLE_MS || (bytes / elapsedMs) * timeLeftMs >= left)) return;
    this.#told.add(progress.task);
    const rate = (bytesPerMs: number): string => `${(bytesPerMs / 1000).toFixed(1)} MB/s`;
    this.#log.warn(
      timeLeftMs <= 0
        ? `${progress.task} has missed its deadline, with ${left} bytes left; it goes on`
        : `${progress.task} will miss its deadline: it makes ${rate(bytes / elapsedMs)}, and would have to make ${rate(left / timeLeftMs)}`,
    );
  }
}

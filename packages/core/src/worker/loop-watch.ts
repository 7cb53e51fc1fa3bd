import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;

/** Watches how long the event loop is held up. */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.reset();
    this.#histogram.enable();
  }

  /** Longest delay since `start`, in milliseconds. */
  stop(): number {
    this.#histogram.disable();
    // The timer's own period is part of what it measures.
    return Math.max(this.#histogram.max / 1e6 - RESOLUTION_MS, 0);
  }
}

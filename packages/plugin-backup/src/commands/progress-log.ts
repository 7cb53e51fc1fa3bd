import type { Logger } from '@duet/core';

const INTERVAL_MS = 5000;

/** Tells how far a long command is, every five seconds. */
export class ProgressLog {
  readonly #log: Logger;
  #toldMs = performance.now();

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(text: () => string): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < INTERVAL_MS) return;
    this.#toldMs = nowMs;
    this.#log.info(text());
  }
}

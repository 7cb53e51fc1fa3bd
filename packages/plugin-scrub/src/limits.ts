import bytes from 'bytes';
import ms from 'ms';
import type { PluginContext } from '@duet/core';
import type { ScrubOptions } from './options.js';

/** Ends a run once it has read `maxBytes` or lasted `maxTime`. */
export class Limits {
  readonly #ctx: PluginContext<ScrubOptions>;
  readonly #startedMs: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #said = false;

  constructor(ctx: PluginContext<ScrubOptions>) {
    this.#ctx = ctx;
    this.#startedMs = ctx.now();
    const { maxTime } = ctx.config;
    // Units end often while there is work; the timer is for a run that waits. Node takes at most 2^31 - 1 ms.
    if (maxTime !== undefined) this.#timer = setTimeout(() => this.spend(0), Math.min(maxTime, 0x7fffffff)).unref();
  }

  /** Counts what a unit took, and says so once a limit is reached. */
  spend(unitBytes: number): void {
    this.#bytes += unitBytes;
    if (this.#said) return;
    const { maxBytes, maxTime } = this.#ctx.config;
    if (maxBytes !== undefined && this.#bytes >= maxBytes) this.#say(`maxBytes, ${bytes(maxBytes)}, are read`);
    else if (maxTime !== undefined && this.#ctx.now() - this.#startedMs >= maxTime) this.#say(`maxTime, ${ms(maxTime)}, is over`);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #say(reason: string): void {
    this.#said = true;
    this.#ctx.enough(reason);
  }
}

import bytes from 'bytes';
import ms from 'ms';
import type { PluginContext } from '@duet/core';
import type { DefragOptions } from './options.js';

/** Says how much suffices, so that the planner picks what costs least, and ends the run when that is done or time is over. */
export class Limits {
  readonly #ctx: PluginContext<DefragOptions>;
  readonly #timer: NodeJS.Timeout | undefined;
  #files = 0;
  #bytes = 0;
  #reached = false;

  constructor(ctx: PluginContext<DefragOptions>) {
    this.#ctx = ctx;
    const { maxFiles, maxBytes, maxTime } = ctx.config;
    const needed = { ...(maxFiles === undefined ? {} : { files: maxFiles }), ...(maxBytes === undefined ? {} : { bytes: maxBytes }) };
    const isFlexible = maxFiles !== undefined || maxBytes !== undefined;
    if (isFlexible || maxTime !== undefined) ctx.declare({ ...(isFlexible ? { needed } : {}), ...(maxTime === undefined ? {} : { deadlineMs: maxTime }) });
    // Node's timers take at most 2^31 - 1 ms.
    if (maxTime !== undefined) this.#timer = setTimeout(() => this.#say(`maxTime, ${ms(maxTime)}, is over`), Math.min(maxTime, 0x7fffffff)).unref();
  }

  /** Whether no more is to be begun. */
  get reached(): boolean {
    return this.#reached;
  }

  /** Counts a file that was moved. */
  spend(fileBytes: number): void {
    this.#files++;
    this.#bytes += fileBytes;
    const { maxFiles, maxBytes } = this.#ctx.config;
    if (maxFiles !== undefined && this.#files >= maxFiles) this.#say(`maxFiles, ${maxFiles}, are defragmented`);
    else if (maxBytes !== undefined && this.#bytes >= maxBytes) this.#say(`maxBytes, ${bytes(maxBytes)}, are defragmented`);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #say(reason: string): void {
    if (this.#reached) return;
    this.#reached = true;
    this.#ctx.enough(reason);
  }
}

import { DuetError } from '@duet/core';
import type { PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { UnitPool } from './unit-pool.js';
import type { ThreadData } from './unit-thread.js';

/** Options that the jobs have in common. */
export interface JobOptions {
  readonly threads: number;
  readonly target?: string;
}

/** One cycle of a job whose threads do `work`: units in any order, each read once through the page cache. */
export class JobHooks implements PluginHooks {
  readonly #ctx: PluginContext<JobOptions>;
  readonly #work: ThreadData['work'];
  readonly #abort = (): void => this.#pool?.abort();
  #pool: UnitPool | undefined;

  constructor(ctx: PluginContext<JobOptions>, work: ThreadData['work']) {
    this.#ctx = ctx;
    this.#work = work;
  }

  open(): void {
    const { path, config, signal } = this.#ctx;
    this.#pool = new UnitPool({ work: this.#work, path, target: config.target ?? '' }, config.threads);
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  async process({ file, offset, bytes }: Unit): Promise<UnitCost> {
    const done = await this.#opened().process({ path: file.path, ino: file.id.ino, statDev: file.dev, offset, bytes });
    if (done === undefined) throw this.#ctx.signal.reason;
    const { bytesFromCache, bytesFromDisk, seen, kept } = done;
    if (kept.length > 0) this.#ctx.state.set(`${file.no}/${offset}`, kept);
    return { bytesFromCache, bytesFromDisk, seen };
  }

  checkpoint(): Promise<void> {
    return this.#opened().flush();
  }

  async close(): Promise<void> {
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    await this.#pool?.close();
    this.#pool = undefined;
  }

  #opened(): UnitPool {
    if (!this.#pool) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'process a unit', message: 'a hook was called before open or after close' });
    return this.#pool;
  }
}

import { DuetError, isUnder, joinPath, toDisplay } from '@duet/core';
import type { BytePath, CycleSummary, FileRef, PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { excludes } from '@duet/core/options';
import { requireMover } from './move/require-mover.js';
import { Limits } from './limits.js';
import type { DefragOptions } from './options.js';
import { SKIP_REASONS } from './refusal/skip-reason.js';
import { ResultBook } from './results/result-book.js';
import { Tally } from './tally.js';
import type { DefragOutcome } from './thread/defrag-job.js';
import { DEFRAGMENTER, ThreadDefragmenter } from './thread/defragmenter.js';
import type { Defragmenter } from './thread/defragmenter.js';

/** What a cycle has at hand between `open` and `close`. */
interface Open {
  readonly defragmenter: Defragmenter;
  readonly results: ResultBook;
  readonly limits: Limits;
}

/**
 * One cycle of defrag: looks at each file that may be worth it, and moves those
 * that lie in many pieces, one at a time.
 */
export class DefragTask implements PluginHooks {
  readonly #ctx: PluginContext<DefragOptions>;
  readonly #excluded: (path: BytePath) => boolean;
  readonly #tally = new Tally();
  readonly #abort = (): void => this.#open?.defragmenter.abort();
  #open: Open | undefined;
  /** Settles when the file before has been dealt with. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: PluginContext<DefragOptions>) {
    this.#ctx = ctx;
    this.#excluded = excludes(ctx.config.exclude ?? []);
    ctx.provide(DEFRAGMENTER, () => (path) => {
      requireMover(path);
      return new ThreadDefragmenter(path);
    });
  }

  open(): void {
    const { path, signal, state } = this.#ctx;
    const defragmenter = this.#ctx.resolve(DEFRAGMENTER)(path);
    this.#open = { defragmenter, results: new ResultBook(state), limits: new Limits(this.#ctx) };
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  accepts(file: FileRef): boolean {
    return file.size >= this.#ctx.config.minBytes && !this.#excluded(file.path);
  }

  /** A file is moved as a whole. */
  segmentBytes(): number {
    return 0;
  }

  async process(unit: Unit): Promise<UnitCost> {
    const turn = this.#turn.then(() => this.#defragment(unit));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  finish(cycle: CycleSummary): void {
    const { results } = this.#opened();
    const gone = [...results.all()].filter(({ no, result }) => isUnder(result.path, this.#ctx.path) && !cycle.met(no));
    for (const { no } of gone) results.forget(no);
  }

  async close(): Promise<void> {
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    for (const line of this.#tally.lines()) this.#ctx.log.info(line);
    this.#open?.limits.close();
    await this.#open?.defragmenter.close();
    this.#open = undefined;
  }

  async #defragment({ file, bytes }: Unit): Promise<UnitCost> {
    const { config, signal } = this.#ctx;
    const { defragmenter, limits } = this.#opened();
    signal.throwIfAborted();
    if (limits.reached) return { bytesFromCache: 0, bytesFromDisk: 0, skipped: SKIP_REASONS.enough };
    const { minExtents, shared, verify } = config;
    const outcome = await defragmenter.defragment({ path: file.path, ino: file.id.ino, statDev: file.dev, minExtents, shared, verify });
    return this.#settle(file, bytes, outcome);
  }

  #settle(file: FileRef, bytes: number, outcome: DefragOutcome): UnitCost {
    const { results, limits } = this.#opened();
    const at = { path: file.path === '' ? this.#ctx.path : joinPath(this.#ctx.path, file.path), atMs: this.#ctx.now(), bytes };
    switch (outcome.kind) {
      case 'moved': {
        const { before, after, cost } = outcome;
        this.#tally.moved(before, after);
        results.put(file.no, { ...at, before, after });
        limits.spend(bytes);
        return cost;
      }
      case 'skipped': {
        const { reason, fragments } = outcome;
        this.#tally.skipped(reason);
        if (reason !== 'few-fragments') {
          this.#ctx.log.debug(`${toDisplay(file.path)} is left alone: ${SKIP_REASONS[reason]}`);
          results.put(file.no, { ...at, before: fragments, skipped: reason });
        }
        return { bytesFromCache: 0, bytesFromDisk: 0, skipped: SKIP_REASONS[reason] };
      }
      case 'changed':
        // Without `seen` the core compares for itself how the file was and is, and gives it again.
        return { bytesFromCache: outcome.cost.bytesFromCache, bytesFromDisk: outcome.cost.bytesFromDisk };
      case 'failed':
        throw Object.assign(new DuetError(outcome.code, { operation: 'defragment a file', message: outcome.message, path: toDisplay(file.path) }), outcome.offset === undefined ? {} : { offset: outcome.offset });
      case 'aborted':
        throw this.#ctx.signal.reason;
    }
  }

  #opened(): Open {
    if (!this.#open) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'process a unit', message: 'a hook was called before open or after close' });
    return this.#open;
  }
}

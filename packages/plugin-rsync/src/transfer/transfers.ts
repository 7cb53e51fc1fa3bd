import { BatchQueue } from './batch-queue.js';
import type { BatchLimits, Weight } from './batch-queue.js';

/** What became of one: it is there, or why it is not. */
export type Outcome = { readonly done: true } | { readonly done: false; readonly error: unknown };

interface Waiting<T> {
  readonly transfer: T;
  resolve(): void;
  reject(error: unknown): void;
}

/** How transfers are made. */
export interface TransferOptions<T> {
  readonly limits: BatchLimits;
  /** Batches under way at once. */
  readonly atOnce: number;
  /** Transfers a batch: an outcome for each, in the same order. A rejection is one for all of them, and for all that wait. */
  readonly run: (batch: readonly T[]) => Promise<readonly Outcome[]>;
}

/** Makes batches of what comes one by one, and runs a few of them at once. */
export class Transfers<T extends Weight> {
  readonly #options: TransferOptions<T>;
  readonly #queue: BatchQueue<Waiting<T>>;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  /** Those that `settle` waits for. */
  readonly #putOff = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: TransferOptions<T>) {
    this.#options = options;
    this.#queue = new BatchQueue(options.limits);
  }

  /** Resolves when it is there. */
  add(transfer: T): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.error);
      this.#queue.add({ transfer, resolve, reject }, transfer, performance.now());
      this.#advance();
    });
  }

  /** It goes with others, and nobody waits for it: what is wrong with it alone is told nobody. */
  putOff(transfer: T): void {
    const going = this.add({ ...transfer, isPutOff: true })
      .catch(() => undefined)
      .finally(() => this.#putOff.delete(going));
    this.#putOff.add(going);
  }

  /** Resolves when all that was put off before has been taken care of. @throws what went wrong for all */
  async settle(): Promise<void> {
    this.last();
    await Promise.all(this.#putOff);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** For now no other will come: what waits goes. */
  last(): void {
    this.#queue.last();
    this.#advance();
  }

  /** Nothing more is begun: what waits is rejected, and so is what comes. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    clearTimeout(this.#timer);
    for (const { reject } of this.#queue.clear()) reject(error);
  }

  /** Resolves when no batch is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #advance(): void {
    while (this.#running.size < this.#options.atOnce) {
      const nowMs = performance.now();
      const batch = this.#queue.take(nowMs);
      if (batch === undefined) {
        const dueMs = this.#queue.dueMs(nowMs);
        if (dueMs < Infinity) this.#wakeAfter(dueMs);
        return;
      }
      const run = this.#run(batch).finally(() => {
        this.#running.delete(run);
        this.#advance();
      });
      this.#running.add(run);
    }
  }

  /** One timer at a time: files come by thousands, and each only makes the batch due later. */
  #wakeAfter(dueMs: number): void {
    this.#timer ??= setTimeout(() => {
      // What came while the event loop was busy counts as come.
      setImmediate(() => {
        this.#timer = undefined;
        this.#advance();
      });
    }, Math.ceil(dueMs));
  }

  async #run(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      const outcomes = await this.#options.run(batch.map(({ transfer }) => transfer));
      batch.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i];
        if (outcome.done) resolve();
        else reject(outcome.error);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
      this.fail(error);
    }
  }
}

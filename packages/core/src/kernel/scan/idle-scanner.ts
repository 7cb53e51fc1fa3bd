import { nothingReleased } from '../../model/index.js';
import type { ProbeBatch, ProbeTarget, ReleaseBatch, ReleaseTarget, ScanBatch, Scanner, ScanOptions } from '../../model/index.js';

/** How long nothing must be asked for, in milliseconds. */
const IDLE_MS = 5000;

/**
 * A scanner that is there while it is used: its thread takes some 14 MB, and
 * who watches has seldom a question once the files are known.
 */
export class IdleScanner implements Scanner {
  readonly batchesAhead: number;
  readonly #make: () => Scanner;
  readonly #idleMs: number;
  #scanner: Scanner | undefined;
  #using = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The first one is made at once. */
  constructor(make: () => Scanner, idleMs = IDLE_MS) {
    this.#make = make;
    this.#idleMs = idleMs;
    this.#scanner = make();
    this.batchesAhead = this.#scanner.batchesAhead ?? 0;
    this.#rest();
  }

  async *scan(options: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
    const scanner = this.#use();
    try {
      yield* scanner.scan(options);
    } finally {
      this.#leave();
    }
  }

  async probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch> {
    const scanner = this.#use();
    try {
      return await scanner.probe(targets);
    } finally {
      this.#leave();
    }
  }

  async release(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch> {
    const scanner = this.#use();
    try {
      return (await scanner.release?.(targets)) ?? nothingReleased(targets.length);
    } finally {
      this.#leave();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    // Whoever still uses it keeps a dead one.
    this.#using = Infinity;
    await this.#scanner?.close();
  }

  #use(): Scanner {
    clearTimeout(this.#timer);
    this.#using++;
    return (this.#scanner ??= this.#make());
  }

  #leave(): void {
    this.#using--;
    this.#rest();
  }

  #rest(): void {
    if (this.#using > 0) return;
    this.#timer = setTimeout(() => {
      void this.#scanner?.close();
      this.#scanner = undefined;
    }, this.#idleMs);
    this.#timer.unref();
  }
}

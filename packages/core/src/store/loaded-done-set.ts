import type { DoneSet, PartialFile } from '../model/index.js';
import type { DoneBitmap } from './done-bitmap.js';
import { STAMPS_PER_CHUNK, StampCache } from './stamp-chunks.js';
import type { StampSource } from './stamp-chunks.js';

/**
 * Done bits and stamps of one task, as they were when loaded and as the caller
 * changed them since.
 *
 * The store does not change it: whoever commits a file also calls `add`, and
 * whoever resets one `delete`, in either order. Bits are in memory (125 KiB for
 * a million files); stamps are read from the database when asked for.
 */
export class LoadedDoneSet implements DoneSet {
  /** Bounds both the memory for stamps that may not be committed yet and the time it takes to look for those that are. */
  static readonly #SETTLE_AT = 4096;
  readonly #bits: DoneBitmap;
  readonly #stored: StampCache;
  /** Stamps added since they were last seen in the database. */
  readonly #recent = new Map<number, bigint>();
  #settleAt = LoadedDoneSet.#SETTLE_AT;
  readonly partial: ReadonlyMap<number, PartialFile>;

  constructor(bits: DoneBitmap, stamps: StampSource, partial: ReadonlyMap<number, PartialFile>) {
    this.#bits = bits;
    this.#stored = new StampCache(stamps);
    this.partial = partial;
  }

  get size(): number {
    return this.#bits.count;
  }

  has(no: number): boolean {
    return this.#bits.has(no);
  }

  stamp(no: number): bigint {
    if (!this.#bits.has(no)) return 0n;
    return this.#recent.get(no) ?? this.#stored.get(no);
  }

  add(no: number, stamp: bigint): void {
    this.#bits.set(no);
    this.#recent.set(no, stamp);
    if (this.#recent.size >= this.#settleAt) this.#settle();
  }

  delete(no: number): void {
    this.#bits.clear(no);
    this.#recent.delete(no);
  }

  /** Forgets the recent stamps that the database has by now. */
  #settle(): void {
    const nos = Float64Array.from(this.#recent.keys()).sort();
    let chunk = -1;
    for (const no of nos) {
      if (Math.floor(no / STAMPS_PER_CHUNK) !== chunk) this.#stored.refresh(no);
      chunk = Math.floor(no / STAMPS_PER_CHUNK);
      if (this.#stored.get(no) === this.#recent.get(no)) this.#recent.delete(no);
    }
    this.#settleAt = Math.max(LoadedDoneSet.#SETTLE_AT, this.#recent.size * 2);
  }
}

import { CHUNK_PAGES } from './chunk-table.js';
import { chunkNumber, PAGE_IN_CHUNK, wordMask } from './page-masks.js';

/** Runs of pages as bits of chunks. One is reused for all snapshots: most files have one chunk. */
export class RunBits {
  readonly #found = new Map<number, Int32Array>();
  readonly #spare: Int32Array[] = [];

  /**
   * The bits of `runs` (see `Snapshot`): chunk number to four words, two of
   * pages that exist and two of pages that are dirty. Good until the next call.
   */
  take(runs: ArrayLike<number>): ReadonlyMap<number, Int32Array> {
    for (const bits of this.#found.values()) if (this.#spare.length < 64) this.#spare.push(bits.fill(0));
    this.#found.clear();
    for (let i = 0; i < runs.length; i += 3) {
      const dirty = runs[i + 2] !== 0;
      for (let page = runs[i], left = runs[i + 1]; left > 0; ) {
        const from = page & PAGE_IN_CHUNK;
        const count = Math.min(left, CHUNK_PAGES - from);
        const bits = this.#of(chunkNumber(page));
        for (let half = 0; half < 2; half++) {
          const mask = wordMask(from, count, half);
          bits[half] |= mask;
          if (dirty) bits[half + 2] |= mask;
        }
        page += count;
        left -= count;
      }
    }
    return this.#found;
  }

  #of(number: number): Int32Array {
    let bits = this.#found.get(number);
    if (bits === undefined) this.#found.set(number, (bits = this.#spare.pop() ?? new Int32Array(4)));
    return bits;
  }
}

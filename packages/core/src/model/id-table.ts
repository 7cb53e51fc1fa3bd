import { letGo } from './columns.js';

/** In `IdTable.ids`: nothing stands here. */
export const EMPTY = -1;

/** Bits of a hash that count: times `#quarters` they are still 32. */
const HASH_BITS = 29;

/** How a table grows. */
export interface Growth {
  /** Ids for each place, at most: with more, there is more to look at. */
  readonly full: number;
  /** By how many quarters of a power of two, once it has so many places: a smaller one doubles. */
  readonly quarters: 1 | 4;
  readonly from: number;
}

/** Doubles: five to eleven bytes an id. Of the smaller ones that were there before, little is left in the C library's heap. */
export const BY_DOUBLING: Growth = { full: 0.75, quarters: 4, from: 0 };
/** Five to six bytes an id once it is large, for what every file has: takes more time while it grows, and leaves memory to be released (`releaseMemory`). */
export const BY_QUARTERS: Growth = { full: 0.8, quarters: 1, from: 1 << 16 };

/**
 * Ids, found by a hash of what they stand for: open addressing. Whoever knows
 * what an id stands for looks for it:
 *
 *     for (let at = table.home(hash); table.ids[at] !== EMPTY; at = table.after(at)) …
 */
export class IdTable {
  ids = new Int32Array(64).fill(EMPTY);
  readonly #hashOf: (id: number) => number;
  readonly #growth: Growth;
  #size = 0;
  /** Places are `#quarters` (four to seven) times two to `#power`: no division is needed, as it would be for any number. */
  #quarters = 4;
  #power = 4;

  /**
   * `hashOf` gives the hash of an id that is in the table: 32 bits, of which
   * the high ones count most.
   */
  constructor(hashOf: (id: number) => number, growth = BY_DOUBLING) {
    this.#hashOf = hashOf;
    this.#growth = growth;
  }

  get size(): number {
    return this.#size;
  }

  /** The first place to look at for ids with this hash. */
  home(hash: number): number {
    return Math.imul(hash >>> (32 - HASH_BITS), this.#quarters) >>> (HASH_BITS - this.#power);
  }

  /** The place to look at after this one. */
  after(at: number): number {
    return at + 1 === this.ids.length ? 0 : at + 1;
  }

  /** Adds an id that is not in it. */
  add(id: number): void {
    this.#size++;
    if (this.#size > this.ids.length * this.#growth.full) this.#grow();
    this.#insert(id);
  }

  /** Removes an id that is in it. */
  remove(id: number): void {
    const { ids } = this;
    let at = this.home(this.#hashOf(id));
    while (ids[at] !== id) at = this.after(at);
    // Backward-shift deletion (Knuth, 6.4 R): no tombstones, so look-ups stay short.
    for (let hole = at; ; ) {
      at = this.after(at);
      const other = ids[at];
      if (other === EMPTY) {
        ids[hole] = EMPTY;
        break;
      }
      const home = this.home(this.#hashOf(other));
      if (this.#distance(home, at) >= this.#distance(hole, at)) {
        ids[hole] = other;
        hole = at;
      }
    }
    this.#size--;
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.ids.length;
  }

  #insert(id: number): void {
    const { ids } = this;
    let at = this.home(this.#hashOf(id));
    while (ids[at] !== EMPTY) at = this.after(at);
    ids[at] = id;
  }

  #grow(): void {
    const old = this.ids;
    this.#quarters += old.length < this.#growth.from ? 4 : this.#growth.quarters;
    if (this.#quarters === 8) {
      this.#quarters = 4;
      this.#power++;
    }
    this.ids = new Int32Array(this.#quarters * 2 ** this.#power).fill(EMPTY);
    for (const id of old) if (id !== EMPTY) this.#insert(id);
    letGo(old);
  }
}

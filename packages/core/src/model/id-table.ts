import { letGo } from './columns.js';

/** In `IdTable.ids`: nothing stands here. */
export const EMPTY = -1;

/** Ids for each place, at most: with more, looking for one that is not there takes long. */
const FULL = 0.8;
/** Small steps leave few places unused; each takes the time of entering all ids once more. */
const GROWTH = 1.25;

/**
 * Ids, found by a hash of what they stand for: open addressing, five to six
 * bytes an id. Whoever knows what an id stands for looks for it:
 *
 *     for (let at = table.home(hash); table.ids[at] !== EMPTY; at = table.after(at)) …
 */
export class IdTable {
  ids = new Int32Array(64).fill(EMPTY);
  readonly #hashOf: (id: number) => number;
  #size = 0;
  #placesPerHash = this.ids.length / 2 ** 32;

  /** `hashOf` gives the hash of an id that is in the table: 32 bits, of which the high ones count most. */
  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The first place to look at for ids with this hash. */
  home(hash: number): number {
    return ((hash >>> 0) * this.#placesPerHash) | 0;
  }

  /** The place to look at after this one. */
  after(at: number): number {
    return at + 1 === this.ids.length ? 0 : at + 1;
  }

  /** Adds an id that is not in it. */
  add(id: number): void {
    this.#size++;
    if (this.#size > this.ids.length * FULL) this.#grow();
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
    this.ids = new Int32Array(Math.ceil(old.length * GROWTH)).fill(EMPTY);
    this.#placesPerHash = this.ids.length / 2 ** 32;
    for (const id of old) if (id !== EMPTY) this.#insert(id);
    letGo(old);
  }
}

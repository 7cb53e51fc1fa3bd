import { letGo } from './columns.js';

/** In `IdTable.ids`: nothing stands here. */
export const EMPTY = -1;

/**
 * Ids, found by a hash of what they stand for: open addressing, five to eleven
 * bytes an id. Whoever knows what an id stands for looks for it:
 *
 *     for (let at = hash & table.mask; table.ids[at] !== EMPTY; at = (at + 1) & table.mask) …
 */
export class IdTable {
  ids = new Int32Array(64).fill(EMPTY);
  mask = 63;
  readonly #hashOf: (id: number) => number;
  #size = 0;

  /** `hashOf` gives the hash of an id that is in the table. */
  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an id that is not in it. */
  add(id: number): void {
    this.#size++;
    if (this.#size * 4 > this.ids.length * 3) this.#grow();
    this.#insert(id);
  }

  /** Removes an id that is in it. */
  remove(id: number): void {
    const { ids, mask } = this;
    let at = this.#hashOf(id) & mask;
    while (ids[at] !== id) at = (at + 1) & mask;
    // Backward-shift deletion (Knuth, 6.4 R): no tombstones, so look-ups stay short.
    for (let hole = at; ; ) {
      at = (at + 1) & mask;
      const other = ids[at];
      if (other === EMPTY) {
        ids[hole] = EMPTY;
        break;
      }
      const home = this.#hashOf(other) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        ids[hole] = other;
        hole = at;
      }
    }
    this.#size--;
  }

  #insert(id: number): void {
    const { ids, mask } = this;
    let at = this.#hashOf(id) & mask;
    while (ids[at] !== EMPTY) at = (at + 1) & mask;
    ids[at] = id;
  }

  #grow(): void {
    const old = this.ids;
    this.ids = new Int32Array(old.length * 2).fill(EMPTY);
    this.mask = this.ids.length - 1;
    for (const id of old) if (id !== EMPTY) this.#insert(id);
    letGo(old);
  }
}

const NONE = -1;

/**
 * A page cache that holds so many units, and lets go of the one that was used
 * least recently. Two numbers a unit, whether cached or not.
 */
export class LruCache {
  readonly #capacity: number;
  readonly #evicted: (unit: number) => void;
  /** Neighbours in a ring of the cached units, from the least recently used to the most; the last element is where it begins. NONE: not cached. */
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #ends: number;
  #size = 0;

  /** `evicted` is told of units that have to leave, not of those that are removed. */
  constructor(units: number, capacity: number, evicted: (unit: number) => void) {
    this.#capacity = capacity;
    this.#evicted = evicted;
    this.#older = new Int32Array(units + 1).fill(NONE);
    this.#newer = new Int32Array(units + 1).fill(NONE);
    this.#ends = units;
    this.#older[units] = this.#newer[units] = units;
  }

  get size(): number {
    return this.#size;
  }

  /** How many units fit without another's leaving. */
  get free(): number {
    return this.#capacity - this.#size;
  }

  has(unit: number): boolean {
    return this.#older[unit] !== NONE;
  }

  /** The unit is read: it is cached now, and the most recently used. */
  use(unit: number): void {
    if (this.has(unit)) {
      this.#unlink(unit);
    } else if (this.#size++ === this.#capacity) {
      const oldest = this.#newer[this.#ends];
      this.remove(oldest);
      this.#evicted(oldest);
    }
    const newest = this.#older[this.#ends];
    this.#newer[newest] = this.#older[this.#ends] = unit;
    this.#older[unit] = newest;
    this.#newer[unit] = this.#ends;
  }

  /** Takes the unit out, if it is in. */
  remove(unit: number): void {
    if (!this.has(unit)) return;
    this.#unlink(unit);
    this.#older[unit] = this.#newer[unit] = NONE;
    this.#size--;
  }

  #unlink(unit: number): void {
    this.#newer[this.#older[unit]] = this.#newer[unit];
    this.#older[this.#newer[unit]] = this.#older[unit];
  }
}

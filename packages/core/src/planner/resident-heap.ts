import { longer } from '../model/index.js';

const NONE = -1;

/**
 * The units of one task that have cached pages, most resident pages first;
 * among equals the one found first. An indexed binary heap: a change of rank
 * costs the logarithm of the number of cached units.
 */
export class ResidentHeap {
  #heap = new Int32Array(256);
  #size = 0;
  #place = new Int32Array(256).fill(NONE);
  readonly #resident: (unit: number) => number;

  constructor(resident: (unit: number) => number) {
    this.#resident = resident;
  }

  get size(): number {
    return this.#size;
  }

  /** The unit with most resident pages, or -1. */
  first(): number {
    return this.#size === 0 ? NONE : this.#heap[0];
  }

  has(unit: number): boolean {
    return unit < this.#place.length && this.#place[unit] !== NONE;
  }

  /** Puts the unit where its resident pages say, in or out of the heap. */
  update(unit: number): void {
    if (this.#resident(unit) === 0) {
      this.remove(unit);
      return;
    }
    if (!this.has(unit)) this.#append(unit);
    this.#down(this.#up(this.#place[unit]));
  }

  remove(unit: number): void {
    if (!this.has(unit)) return;
    const place = this.#place[unit];
    this.#place[unit] = NONE;
    const last = this.#heap[--this.#size];
    if (last === unit) return;
    this.#put(last, place);
    this.#down(this.#up(place));
  }

  #append(unit: number): void {
    if (unit >= this.#place.length) {
      this.#place = longer(this.#place, Math.max(unit + 1, this.#place.length * 2), NONE);
    }
    if (this.#size === this.#heap.length) {
      this.#heap = longer(this.#heap, this.#heap.length * 2);
    }
    this.#put(unit, this.#size++);
  }

  #put(unit: number, place: number): void {
    this.#heap[place] = unit;
    this.#place[unit] = place;
  }

  #before(a: number, b: number): boolean {
    const difference = this.#resident(a) - this.#resident(b);
    return difference === 0 ? a < b : difference > 0;
  }

  #up(from: number): number {
    let place = from;
    const unit = this.#heap[place];
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(unit, this.#heap[parent])) break;
      this.#put(this.#heap[parent], place);
      place = parent;
    }
    this.#put(unit, place);
    return place;
  }

  #down(from: number): void {
    let place = from;
    const unit = this.#heap[place];
    for (;;) {
      let child = place * 2 + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(this.#heap[child + 1], this.#heap[child])) child++;
      if (!this.#before(this.#heap[child], unit)) break;
      this.#put(this.#heap[child], place);
      place = child;
    }
    this.#put(unit, place);
  }
}

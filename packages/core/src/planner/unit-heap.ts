import { longer } from '../model/index.js';

const SMALLEST = 16;

/**
 * The units that are open to the same tasks, first the one whose turn it is. A
 * binary heap whose units know their places (`place`, a column that all heaps
 * share, since a unit is in one at most): a change costs the logarithm of the
 * number of units.
 */
export class UnitHeap {
  /** Tasks that may take these units now. */
  open = 0;
  /** Tasks that need them and may not take them yet. */
  closed = 0;
  /** Bytes of the units. */
  bytes = 0;
  #units = new Int32Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first unit; there has to be one. */
  get top(): number {
    return this.#units[0];
  }

  add(unit: number, place: Int32Array, before: Before): void {
    if (this.#size === this.#units.length) this.#units = longer(this.#units, this.#units.length * 2);
    this.#up(unit, this.#size++, place, before);
  }

  /** Takes out the unit, which is in this heap. */
  remove(unit: number, place: Int32Array, before: Before): void {
    const last = this.#units[--this.#size];
    if (last !== unit) this.#settle(last, place[unit], place, before);
    // Units wander from heap to heap: all heaps together are not to take several times what one needs.
    if (this.#size > SMALLEST && this.#size < this.#units.length / 4) this.#units = this.#units.slice(0, this.#units.length / 2);
  }

  /** The unit's rank has changed: puts it where it belongs. */
  update(unit: number, place: Int32Array, before: Before): void {
    this.#settle(unit, place[unit], place, before);
  }

  /** The units, in no order that matters; valid until the heap changes. */
  get units(): Int32Array {
    return this.#units.subarray(0, this.#size);
  }

  /** Takes all units of a heap of the same order, which is empty then. */
  merge(other: UnitHeap, place: Int32Array, before: Before): void {
    const size = this.#size + other.#size;
    if (size > this.#units.length) this.#units = longer(this.#units, size);
    this.#units.set(other.units, this.#size);
    for (let at = this.#size; at < size; at++) place[this.#units[at]] = at;
    this.#size = size;
    this.bytes += other.bytes;
    other.clear();
    for (let at = (size >> 1) - 1; at >= 0; at--) this.#down(this.#units[at], at, place, before);
  }

  clear(): void {
    this.#units = new Int32Array(SMALLEST);
    this.#size = 0;
    this.bytes = 0;
  }

  #settle(unit: number, from: number, place: Int32Array, before: Before): void {
    const to = this.#up(unit, from, place, before);
    if (to === from) this.#down(unit, from, place, before);
  }

  #up(unit: number, from: number, place: Int32Array, before: Before): number {
    const units = this.#units;
    let to = from;
    while (to > 0) {
      const parent = (to - 1) >> 1;
      const above = units[parent];
      if (!before(unit, above)) break;
      units[to] = above;
      place[above] = to;
      to = parent;
    }
    units[to] = unit;
    place[unit] = to;
    return to;
  }

  #down(unit: number, from: number, place: Int32Array, before: Before): void {
    const units = this.#units;
    let to = from;
    for (;;) {
      let child = to * 2 + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && before(units[child + 1], units[child])) child++;
      const below = units[child];
      if (!before(below, unit)) break;
      units[to] = below;
      place[below] = to;
      to = child;
    }
    units[to] = unit;
    place[unit] = to;
  }
}

/** Whether unit `a` comes before unit `b`. */
export type Before = (a: number, b: number) => boolean;

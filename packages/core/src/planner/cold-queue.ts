/**
 * The units of one task in the order in which the disk should read them.
 *
 * A binary heap: putting units in while the scan goes on never stalls, as
 * sorting them all at its end would. A unit that is no longer wanted stays
 * until its turn, and the caller skips it then.
 */
export class ColdQueue {
  readonly #heap: number[] = [];
  readonly #before: (a: number, b: number) => boolean;

  /** `before(a, b)`: whether unit a comes before unit b. */
  constructor(before: (a: number, b: number) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#heap.length;
  }

  push(unit: number): void {
    const heap = this.#heap;
    let place = heap.push(unit) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(unit, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = unit;
  }

  /** Takes the next unit, or gives -1. */
  pop(): number {
    const heap = this.#heap;
    const first = heap[0];
    const unit = heap.pop();
    if (unit === undefined) return -1;
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], unit)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = unit;
    return first;
  }
}

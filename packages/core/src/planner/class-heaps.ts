import { longer } from '../model/index.js';
import { UnitHeap } from './unit-heap.js';
import type { Before } from './unit-heap.js';

const NONE = -1;

/**
 * Sorts units into classes: those of one kind that are open to the same tasks,
 * and closed to the same, are in one heap. So a unit takes the same few bytes
 * whatever the number of tasks, and a task finds its next unit at the tops of
 * the classes that are open to it.
 *
 * Kinds are numbers from 0; each has its order.
 */
export class ClassHeaps {
  readonly #orders: readonly Before[];
  /** All heaps, those not in use too; a unit knows its heap by the number in here. */
  readonly #heaps: UnitHeap[] = [];
  readonly #kinds: number[] = [];
  readonly #spare: number[] = [];
  readonly #byClass: readonly Map<number, number>[];
  readonly #live: readonly UnitHeap[][];
  readonly #units: number[];
  #place = new Int32Array(256);
  #heap = new Int32Array(256).fill(NONE);

  /** One order a kind. */
  constructor(orders: readonly Before[]) {
    this.#orders = orders;
    this.#byClass = orders.map(() => new Map<number, number>());
    this.#live = orders.map(() => []);
    this.#units = orders.map(() => 0);
  }

  /** The classes of a kind that have units. */
  of(kind: number): readonly UnitHeap[] {
    return this.#live[kind];
  }

  isBefore(kind: number, a: number, b: number): boolean {
    return this.#orders[kind](a, b);
  }

  /** How many units of a kind there are. */
  count(kind: number): number {
    return this.#units[kind];
  }

  /** Puts the unit where its kind, class and rank say, wherever it was before; `bytes` is its size. */
  put(unit: number, kind: number, open: number, closed: number, bytes: number): void {
    if (unit >= this.#heap.length) this.#grow(unit);
    const before = this.#orders[kind];
    const number = this.#heap[unit];
    if (number !== NONE) {
      const heap = this.#heaps[number];
      if (this.#kinds[number] === kind && heap.open === open && heap.closed === closed) {
        heap.update(unit, this.#place, before);
        return;
      }
      this.#take(unit, number, bytes);
    }
    const target = this.#class(kind, open, closed);
    const heap = this.#heaps[target];
    this.#heap[unit] = target;
    heap.add(unit, this.#place, before);
    heap.bytes += bytes;
    this.#units[kind]++;
  }

  /** Takes the unit out, if it is in. */
  remove(unit: number, bytes: number): void {
    if (unit >= this.#heap.length || this.#heap[unit] === NONE) return;
    this.#take(unit, this.#heap[unit], bytes);
    this.#heap[unit] = NONE;
  }

  /** Takes the task out of all classes: their units are not for it any more, and in no heap if they were open to it alone. */
  removeTask(bit: number): void {
    for (const [kind, live] of this.#live.entries()) {
      for (const heap of live.filter(({ open, closed }) => (open | closed) & bit)) this.#relabel(heap, kind, heap.open & ~bit, heap.closed & ~bit);
    }
  }

  #relabel(heap: UnitHeap, kind: number, open: number, closed: number): void {
    const number = this.#heap[heap.top];
    const target = this.#byClass[kind].get(keyOf(open, closed));
    if (open !== 0 && target === undefined) {
      this.#byClass[kind].delete(keyOf(heap.open, heap.closed));
      this.#byClass[kind].set(keyOf(open, closed), number);
      heap.open = open;
      heap.closed = closed;
      return;
    }
    const to = open === 0 ? NONE : (target as number);
    for (const unit of heap.units) this.#heap[unit] = to;
    if (to === NONE) {
      this.#units[kind] -= heap.size;
      heap.clear();
    } else {
      this.#heaps[to].merge(heap, this.#place, this.#orders[kind]);
    }
    this.#retire(heap, number, kind);
  }

  #take(unit: number, number: number, bytes: number): void {
    const kind = this.#kinds[number];
    const heap = this.#heaps[number];
    heap.remove(unit, this.#place, this.#orders[kind]);
    heap.bytes -= bytes;
    this.#units[kind]--;
    if (heap.size === 0) this.#retire(heap, number, kind);
  }

  /** The class has no units any more: its heap can be another's. */
  #retire(heap: UnitHeap, number: number, kind: number): void {
    this.#byClass[kind].delete(keyOf(heap.open, heap.closed));
    const live = this.#live[kind];
    const last = live.pop() as UnitHeap;
    if (last !== heap) live[live.indexOf(heap)] = last;
    this.#spare.push(number);
  }

  #class(kind: number, open: number, closed: number): number {
    const key = keyOf(open, closed);
    const known = this.#byClass[kind].get(key);
    if (known !== undefined) return known;
    const number = this.#spare.pop() ?? this.#heaps.push(new UnitHeap()) - 1;
    const heap = this.#heaps[number];
    heap.open = open;
    heap.closed = closed;
    heap.bytes = 0;
    this.#kinds[number] = kind;
    this.#byClass[kind].set(key, number);
    this.#live[kind].push(heap);
    return number;
  }

  #grow(unit: number): void {
    const length = Math.max(unit + 1, this.#heap.length * 2);
    this.#place = longer(this.#place, length);
    this.#heap = longer(this.#heap, length, NONE);
  }
}

function keyOf(open: number, closed: number): number {
  return open + closed * 2 ** 16;
}

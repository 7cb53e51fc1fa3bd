import type { TaskSpec } from './task-spec.js';

/** Picks that a task has under way at once: what it reads ahead of what it processes. */
const DEPTH = 4;

/** A task as the simulation runs it: what is read, it processes one unit after the other. */
export class SimulatedTask {
  readonly spec: TaskSpec;
  /** Its place in the setting. */
  readonly index: number;
  /** Its number with the planner; -1 before it starts. */
  number = -1;
  busy = 0;
  /** When it was done; Infinity before. */
  doneMs = Infinity;
  /** When it was told first that its deadline can't be met; Infinity if it was not. */
  toldMs = Infinity;
  readonly #unitMs: number;
  #freeMs = 0;

  constructor(spec: TaskSpec, index: number, unitBytes: number) {
    this.spec = spec;
    this.index = index;
    this.#unitMs = (unitBytes / spec.bytesPerSecond) * 1000;
  }

  get hasRoom(): boolean {
    return this.number !== -1 && this.busy < DEPTH && this.doneMs === Infinity;
  }

  /** It has the unit's content; gives when it will have processed it. */
  process(nowMs: number): number {
    this.#freeMs = Math.max(this.#freeMs, nowMs) + this.#unitMs;
    return this.#freeMs;
  }

  get isLate(): boolean {
    return this.doneMs > this.spec.deadlineMs;
  }
}

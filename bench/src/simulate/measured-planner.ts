import { Planner } from '@duet/core/planner';
import type { Pick } from '@duet/core/planner';
import { cpuMs, liveBytes } from './cpu-and-memory.js';

/** One of so many calls is timed. */
const EVERY = 32;

/**
 * The planner as it is, and what it takes. Of the calls that are made for each
 * unit, one of 32, chosen by chance, is timed, less what looking at the clock
 * takes: to time all of them would take longer than they do. Collections that a
 * call sets off count.
 */
export class MeasuredPlanner {
  readonly planner: Planner;
  /** CPU milliseconds of all `fill`. */
  fillMs = 0;
  /** Its memory, the most of what was found. */
  bytes = 0;
  readonly #bytesBefore = liveBytes();
  #sampledMs = 0;
  #sampled = 0;
  #calls = 0;
  #state = 0x2545f491;
  readonly #clockMs = clockMs();

  /** Whatever else takes memory has to be there before. */
  constructor(consumed: (unit: number) => void) {
    this.planner = new Planner({ order: 'cached', consumed });
  }

  get calls(): number {
    return this.#calls;
  }

  /** What all calls took, in milliseconds. */
  get spentMs(): number {
    return Math.max(this.#sampledMs - this.#sampled * this.#clockMs, 0) * (this.#calls / Math.max(this.#sampled, 1));
  }

  next(task: number, nowMs: number): Pick | undefined {
    if (!this.#chosen()) return this.planner.next(task, nowMs);
    const beganMs = performance.now();
    const pick = this.planner.next(task, nowMs);
    this.#sampledMs += performance.now() - beganMs;
    return pick;
  }

  settle(pick: Pick, task: number, nowMs: number): void {
    if (!this.#chosen()) return this.planner.settle(pick, task, 'settled', nowMs);
    const beganMs = performance.now();
    this.planner.settle(pick, task, 'settled', nowMs);
    this.#sampledMs += performance.now() - beganMs;
  }

  pagesChanged(slot: number, pages: number, sign: 1 | -1): void {
    if (!this.#chosen()) return this.planner.pagesChanged(slot, 0, pages, sign);
    const beganMs = performance.now();
    this.planner.pagesChanged(slot, 0, pages, sign);
    this.#sampledMs += performance.now() - beganMs;
  }

  /** Does work that tells the planner of units. */
  fill(work: (planner: Planner) => void): void {
    const beganMs = cpuMs();
    work(this.planner);
    this.fillMs += cpuMs() - beganMs;
  }

  /** Looks how much memory it takes now. Takes a collection itself. */
  weigh(): void {
    this.bytes = Math.max(this.bytes, liveBytes() - this.#bytesBefore);
  }

  /** By chance, for what happens may come in turns. The step is xorshift32 (George Marsaglia). */
  #chosen(): boolean {
    this.#calls++;
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    if ((x & (EVERY - 1)) !== 0) return false;
    this.#sampled++;
    return true;
  }
}

/** What it takes to look at the clock twice, in milliseconds: the middle one of many means. */
function clockMs(): number {
  const means = Array.from({ length: 101 }, () => {
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const beganMs = performance.now();
      sum += performance.now() - beganMs;
    }
    return sum / 200;
  });
  return means.sort((a, b) => a - b)[50];
}

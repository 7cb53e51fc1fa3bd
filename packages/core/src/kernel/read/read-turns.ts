import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** How what is not cached is read. */
export const ReadMode = {
  /** As fast as it goes. */
  FREE: 0,
  /** In small pieces without reading ahead, one at a time in the whole process: whoever else reads waits for no more than one of them. */
  CAREFUL: 1,
  /** The same in smaller pieces, with a rest after each. */
  GENTLE: 2,
} as const;
export type ReadMode = (typeof ReadMode)[keyof typeof ReadMode];

/** Most that is read in one turn, by mode. */
const TURN_BYTES: Readonly<Record<ReadMode, number>> = { [ReadMode.FREE]: Infinity, [ReadMode.CAREFUL]: 128 * 1024, [ReadMode.GENTLE]: 16 * 1024 };

const KEY = 'duet: turns of reading';
const MODE = 0;
const TAKEN = 1;
/** A thread that died in its turn does not keep the others from theirs. */
export const LOST_MS = 1000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Whose turn it is to read what is not cached: one for all threads of the
 * process, which get it when they start. `mode` is set on the main thread.
 */
export class ReadTurns {
  readonly #words: Int32Array;

  private constructor(words: Int32Array) {
    this.#words = words;
  }

  /** The process's own. Threads that start before it is first asked for have another one, and read freely. */
  static ofProcess(): ReadTurns {
    const known: unknown = getEnvironmentData(KEY);
    if (known instanceof SharedArrayBuffer) return new ReadTurns(new Int32Array(known));
    const memory = new SharedArrayBuffer(8);
    setEnvironmentData(KEY, memory);
    return new ReadTurns(new Int32Array(memory));
  }

  get mode(): ReadMode {
    return Atomics.load(this.#words, MODE) as ReadMode;
  }

  set mode(mode: ReadMode) {
    Atomics.store(this.#words, MODE, mode);
  }

  /** Most that may be read in one turn. */
  get bytes(): number {
    return TURN_BYTES[this.mode];
  }

  /** Takes the turn if it is free. */
  tryTake(): boolean {
    return Atomics.compareExchange(this.#words, TAKEN, 0, 1) === 0;
  }

  /** Waits for the turn. For threads other than the main one. */
  take(): void {
    const sinceMs = performance.now();
    while (!this.tryTake() && performance.now() - sinceMs < LOST_MS) Atomics.wait(this.#words, TAKEN, 1, LOST_MS);
  }

  /** Rests as long as the turn took so far, where that is wanted. For threads other than the main one. */
  rest(turnMs: number): void {
    if (this.mode === ReadMode.GENTLE) Atomics.wait(nobody, 0, 0, turnMs);
  }

  /** Ends the turn. */
  pass(): void {
    Atomics.store(this.#words, TAKEN, 0);
    Atomics.notify(this.#words, TAKEN, 1);
  }
}

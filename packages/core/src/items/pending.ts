import { longer } from '../model/index.js';

/** Words a chunk of one task's pending bits: four planes of two words. */
const WORDS = 8;
const NONE = -1;

/** Planes of pending bits: what a task has not fetched yet. */
export const PENDING = {
  /** `exists` differs from what was told, or an ADDED waits. */
  ENTER: 0,
  /** A REMOVED waits (event-based only). */
  LEAVE: 2,
  /** `modified` differs from what was told, or a DIRTY waits. */
  DIRTY: 4,
  /** A FLUSHED waits (event-based only). */
  CLEAN: 6,
} as const;

/**
 * What one task has not fetched yet: a block of bits for each chunk that has
 * any, and the chunks in the order in which they first got one.
 *
 * A chunk stands in the queue at most once, so memory is bounded by the pages
 * that have something to tell, however many events are never fetched.
 */
export class Pending {
  words = new Int32Array(64 * WORDS);
  #blockOf: Int32Array;
  #used = 0;
  #free: number[] = [];
  #queue = new Int32Array(64);
  #head = 0;
  #length = 0;

  readonly #released: (chunk: number) => void;

  /** `released` is told of each chunk that this task no longer holds, whether fetched or cancelled. */
  constructor(chunkCapacity: number, released: (chunk: number) => void) {
    this.#blockOf = new Int32Array(chunkCapacity).fill(NONE);
    this.#released = released;
  }

  /** Chunks with something to fetch. */
  get length(): number {
    return this.#length;
  }

  /** Index in `words` of the chunk's block, or -1. */
  find(chunk: number): number {
    return chunk < this.#blockOf.length ? this.#blockOf[chunk] : NONE;
  }

  /** Index in `words` of the chunk's block, made and queued if it has none. */
  of(chunk: number): number {
    if (chunk >= this.#blockOf.length) this.#growChunks(chunk + 1);
    const block = this.#blockOf[chunk];
    return block === NONE ? this.#add(chunk) : block;
  }

  /** The chunk whose turn it is, or -1. */
  first(): number {
    return this.#length === 0 ? NONE : this.#queue[this.#head];
  }

  /** Puts the first chunk at the end of the queue. */
  rotate(): void {
    const mask = this.#queue.length - 1;
    this.#queue[(this.#head + this.#length) & mask] = this.#queue[this.#head];
    this.#head = (this.#head + 1) & mask;
  }

  /** Takes the first chunk off the queue and frees its block. */
  shift(): void {
    const chunk = this.#queue[this.#head];
    this.#head = (this.#head + 1) & (this.#queue.length - 1);
    this.#length--;
    this.#release(chunk);
  }

  #release(chunk: number): void {
    this.#free.push(this.#blockOf[chunk]);
    this.#blockOf[chunk] = NONE;
    this.#released(chunk);
  }

  #add(chunk: number): number {
    let block = this.#free.pop();
    if (block === undefined) {
      block = this.#used;
      this.#used += WORDS;
      if (this.#used > this.words.length) {
        this.words = longer(this.words, this.words.length * 2);
      }
    }
    for (let i = block; i < block + WORDS; i++) this.words[i] = 0;
    this.#blockOf[chunk] = block;
    if (this.#length === this.#queue.length) this.#growQueue();
    this.#queue[(this.#head + this.#length) & (this.#queue.length - 1)] = chunk;
    this.#length++;
    return block;
  }

  /** Makes room: first by dropping chunks whose bits cancelled out, so that a task which never fetches stays small. */
  #growQueue(): void {
    const waiting: number[] = [];
    const cancelled: number[] = [];
    for (let i = 0; i < this.#length; i++) {
      const chunk = this.#queue[(this.#head + i) & (this.#queue.length - 1)];
      (this.#isEmpty(this.#blockOf[chunk]) ? cancelled : waiting).push(chunk);
    }
    if (waiting.length * 2 > this.#queue.length) this.#queue = new Int32Array(this.#queue.length * 2);
    this.#queue.set(waiting);
    this.#head = 0;
    this.#length = waiting.length;
    for (const chunk of cancelled) this.#release(chunk);
  }

  #isEmpty(block: number): boolean {
    for (let i = block; i < block + WORDS; i++) if (this.words[i] !== 0) return false;
    return true;
  }

  #growChunks(atLeast: number): void {
    this.#blockOf = longer(this.#blockOf, Math.max(atLeast, this.#blockOf.length * 2), NONE);
  }
}


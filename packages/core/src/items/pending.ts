import { EMPTY, IdTable, longer } from '../model/index.js';

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
  /** Chunk that a block belongs to; block b starts at `words[b * WORDS]`. */
  #chunkOf = new Int32Array(64);
  readonly #blocks = new IdTable((block) => hash(this.#chunkOf[block]));
  #used = 0;
  #free: number[] = [];
  #queue = new Int32Array(64);
  #head = 0;
  #length = 0;
  /** Asked for last: events of one chunk often follow each other. */
  #lastChunk = NONE;
  #lastBlock = NONE;
  readonly #released: (chunk: number) => void;

  /** `released` is told of each chunk that this task no longer holds, whether fetched or cancelled. */
  constructor(released: (chunk: number) => void) {
    this.#released = released;
  }

  /** Chunks with something to fetch. */
  get length(): number {
    return this.#length;
  }

  /** Index in `words` of the chunk's block, or -1. */
  find(chunk: number): number {
    const block = this.#find(chunk);
    return block === EMPTY ? NONE : block * WORDS;
  }

  /** Index in `words` of the chunk's block, made and queued if it has none. */
  of(chunk: number): number {
    if (chunk !== this.#lastChunk) {
      const block = this.#find(chunk);
      this.#lastBlock = block === EMPTY ? this.#add(chunk) : block;
      this.#lastChunk = chunk;
    }
    return this.#lastBlock * WORDS;
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

  #find(chunk: number): number {
    const blocks = this.#blocks;
    const { ids } = blocks;
    for (let at = blocks.home(hash(chunk)); ; at = blocks.after(at)) {
      const block = ids[at];
      if (block === EMPTY || this.#chunkOf[block] === chunk) return block;
    }
  }

  #release(chunk: number): void {
    const block = this.#find(chunk);
    this.#blocks.remove(block);
    if (chunk === this.#lastChunk) this.#lastChunk = NONE;
    this.#free.push(block);
    this.#released(chunk);
  }

  #add(chunk: number): number {
    const block = this.#free.pop() ?? this.#used++;
    if (block === this.#chunkOf.length) {
      this.#chunkOf = longer(this.#chunkOf, block * 2);
      this.words = longer(this.words, block * 2 * WORDS);
    }
    for (let i = block * WORDS; i < (block + 1) * WORDS; i++) this.words[i] = 0;
    this.#chunkOf[block] = chunk;
    this.#blocks.add(block);
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
      (this.#isEmpty(this.find(chunk)) ? cancelled : waiting).push(chunk);
    }
    if (waiting.length * 2 > this.#queue.length) this.#queue = new Int32Array(this.#queue.length * 2);
    this.#queue.set(waiting);
    this.#head = 0;
    this.#length = waiting.length;
    for (const chunk of cancelled) this.#release(chunk);
  }

  #isEmpty(at: number): boolean {
    for (let i = at; i < at + WORDS; i++) if (this.words[i] !== 0) return false;
    return true;
  }
}

/** Spreads neighbouring chunks over the table. */
function hash(chunk: number): number {
  const h = Math.imul(chunk, 0x9e3779b1);
  return h ^ (h >>> 15);
}

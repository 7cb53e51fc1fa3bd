import { letGo, longer } from '../model/index.js';

/** Pages in a chunk: two 32-bit words a plane. */
export const CHUNK_PAGES = 64;

/** Planes of a chunk, two words each: offset of the first word in `words`. */
export const EXISTS = 0;
export const MODIFIED = 2;
/** The page was read from the disk and not written since. */
export const FROM_DISK = 4;
/** A folio starts at this page. */
export const HEAD = 6;
export const WORDS_PER_CHUNK = 8;

const EMPTY = -1;
const FREE = 0xffffffff;

/**
 * Page states of all files: chunks of 64 pages, four bits a page, found by
 * (file slot, chunk number) and linked file by file. A chunk of a file exists
 * only while a page of it does, or while a task has something to fetch of it.
 */
export class ChunkTable {
  /** Planes: `words[id * WORDS_PER_CHUNK + plane + half]`. Signed, so that the engine keeps them as small integers. */
  words: Int32Array;
  /** Slot that a chunk belongs to. */
  slot: Uint32Array;
  /** Number of the chunk in its file: page index / 64, which a sparse file takes beyond 32 bits. */
  number: Float64Array;
  /** Neighbours in the list of the same file's chunks, -1 at the ends; unordered. */
  next: Int32Array;
  previous: Int32Array;
  #mask: number;
  #table: Int32Array;
  #capacity: number;
  #used = 0;
  #live = 0;
  #free = EMPTY;

  constructor(capacity = 1024) {
    this.#capacity = capacity;
    this.words = new Int32Array(capacity * WORDS_PER_CHUNK);
    this.slot = new Uint32Array(capacity);
    this.number = new Float64Array(capacity);
    this.next = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
    const length = 1 << Math.ceil(Math.log2(capacity * 2));
    this.#mask = length - 1;
    this.#table = new Int32Array(length).fill(EMPTY);
  }

  /** Chunks there is room for; ids are below it. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Chunks in use. */
  get live(): number {
    return this.#live;
  }

  /** The chunk's id, or -1. */
  find(slot: number, number: number): number {
    let at = hash(slot, number) & this.#mask;
    for (;;) {
      const id = this.#table[at];
      if (id === EMPTY) return EMPTY;
      if (this.slot[id] === slot && this.number[id] === number) return id;
      at = (at + 1) & this.#mask;
    }
  }

  /** Adds an empty chunk in front of `next`, the first one of its file so far. The caller makes sure that it is not there. */
  add(slot: number, number: number, next: number): number {
    let id = this.#free;
    if (id !== EMPTY) {
      this.#free = this.next[id];
    } else {
      if (this.#used === this.#capacity) this.#grow();
      id = this.#used++;
    }
    // Faster than `fill` for so few.
    for (let i = id * WORDS_PER_CHUNK; i < (id + 1) * WORDS_PER_CHUNK; i++) this.words[i] = 0;
    this.slot[id] = slot;
    this.number[id] = number;
    this.next[id] = next;
    this.previous[id] = EMPTY;
    if (next !== EMPTY) this.previous[next] = id;
    this.#live++;
    this.#insert(id);
    return id;
  }

  /** Whether the chunk is in use. */
  isLive(id: number): boolean {
    return this.slot[id] !== FREE;
  }

  /** Unlinks and frees the chunk. A file whose first chunk it was starts at its `next`, which the caller takes note of before. */
  remove(id: number): void {
    const { next, previous } = this;
    if (next[id] !== EMPTY) previous[next[id]] = previous[id];
    if (previous[id] !== EMPTY) next[previous[id]] = next[id];
    let at = hash(this.slot[id], this.number[id]) & this.#mask;
    while (this.#table[at] !== id) at = (at + 1) & this.#mask;
    // Backward-shift deletion (Knuth, 6.4 R): no tombstones, so look-ups stay short.
    for (let hole = at; ; ) {
      at = (at + 1) & this.#mask;
      const other = this.#table[at];
      if (other === EMPTY) {
        this.#table[hole] = EMPTY;
        break;
      }
      const home = hash(this.slot[other], this.number[other]) & this.#mask;
      if (((at - home) & this.#mask) >= ((at - hole) & this.#mask)) {
        this.#table[hole] = other;
        hole = at;
      }
    }
    this.slot[id] = FREE;
    this.next[id] = this.#free;
    this.#free = id;
    this.#live--;
  }

  #insert(id: number): void {
    let at = hash(this.slot[id], this.number[id]) & this.#mask;
    while (this.#table[at] !== EMPTY) at = (at + 1) & this.#mask;
    this.#table[at] = id;
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    this.words = longer(this.words, capacity * WORDS_PER_CHUNK);
    this.slot = longer(this.slot, capacity);
    this.number = longer(this.number, capacity);
    this.next = longer(this.next, capacity);
    this.previous = longer(this.previous, capacity);
    this.#capacity = capacity;
    const length = 1 << Math.ceil(Math.log2(capacity * 2));
    this.#mask = length - 1;
    letGo(this.#table);
    this.#table = new Int32Array(length).fill(EMPTY);
    for (let id = 0; id < this.#used; id++) if (this.isLive(id)) this.#insert(id);
  }
}

function hash(slot: number, number: number): number {
  let h = Math.imul(slot, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b);
  h ^= h >>> 16;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 13)) >>> 0;
}

import { columnBlock, EMPTY, highWord, IdTable, joinWords, letGo } from '../model/index.js';
import type { Columns, Layout } from '../model/index.js';

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

const FREE = 0xffffffff;
/** Chunks that there is room for at first. */
const SMALLEST = 1024;

const LAYOUT = {
  slot: [Uint32Array, 1],
  lowNumber: [Uint32Array, 1],
  highNumber: [Uint32Array, 1],
  next: [Int32Array, 1],
  previous: [Int32Array, 1],
  words: [Int32Array, WORDS_PER_CHUNK],
} satisfies Layout;

/**
 * Page states of all files: chunks of 64 pages, four bits a page, found by
 * (file slot, chunk number) and linked file by file. A chunk of a file exists
 * only while a page of it does, or while a task has something to fetch of it.
 */
export class ChunkTable implements Columns<typeof LAYOUT> {
  /** Planes: `words[id * WORDS_PER_CHUNK + plane + half]`. Signed, so that the engine keeps them as small integers. */
  declare words: Int32Array;
  /** Slot that a chunk belongs to. */
  declare slot: Uint32Array;
  /** Number of the chunk in its file, in words; see `number`. */
  declare lowNumber: Uint32Array;
  declare highNumber: Uint32Array;
  /** Neighbours in the list of the same file's chunks, -1 at the ends; unordered. */
  declare next: Int32Array;
  declare previous: Int32Array;
  #table = this.#emptyTable();
  #capacity = 0;
  #used = 0;
  #free = EMPTY;

  constructor() {
    this.#makeRoom(SMALLEST);
  }

  /** Chunks in use. */
  get live(): number {
    return this.#table.size;
  }

  /** Number of the chunk in its file: page index / 64, which a sparse file takes beyond 32 bits. */
  number(id: number): number {
    return joinWords(this.lowNumber[id], this.highNumber[id]);
  }

  /** The chunk's id, or -1. */
  find(slot: number, number: number): number {
    const table = this.#table;
    const { ids } = table;
    const low = number >>> 0;
    for (let at = table.home(hash(slot, low)); ; at = table.after(at)) {
      const id = ids[at];
      if (id === EMPTY || (this.slot[id] === slot && this.lowNumber[id] === low && this.highNumber[id] === highWord(number))) return id;
    }
  }

  /** Adds an empty chunk in front of `next`, the first one of its file so far. The caller makes sure that it is not there. */
  add(slot: number, number: number, next: number): number {
    let id = this.#free;
    if (id !== EMPTY) {
      this.#free = this.next[id];
    } else {
      if (this.#used === this.#capacity) this.#makeRoom(this.#capacity * 2);
      id = this.#used++;
    }
    // Faster than `fill` for so few.
    for (let i = id * WORDS_PER_CHUNK; i < (id + 1) * WORDS_PER_CHUNK; i++) this.words[i] = 0;
    this.slot[id] = slot;
    this.lowNumber[id] = number;
    // Mostly 0: what is not written takes no memory.
    const high = highWord(number);
    if (this.highNumber[id] !== high) this.highNumber[id] = high;
    this.next[id] = next;
    this.previous[id] = EMPTY;
    if (next !== EMPTY) this.previous[next] = id;
    this.#table.add(id);
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
    this.#table.remove(id);
    this.slot[id] = FREE;
    this.next[id] = this.#free;
    this.#free = id;
  }

  /** Removes all chunks, and gives their memory back. */
  clear(): void {
    // All columns are in one block.
    letGo(this.words);
    letGo(this.#table.ids);
    this.#table = this.#emptyTable();
    this.#capacity = 0;
    this.#used = 0;
    this.#free = EMPTY;
    this.#makeRoom(SMALLEST);
  }

  #emptyTable(): IdTable {
    return new IdTable((id) => hash(this.slot[id], this.lowNumber[id]));
  }

  #makeRoom(capacity: number): void {
    Object.assign(this, columnBlock(LAYOUT, capacity, this.#capacity === 0 ? undefined : this));
    this.#capacity = capacity;
  }
}

function hash(slot: number, low: number): number {
  let h = Math.imul(slot, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b);
  h ^= h >>> 16;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 13);
}

import type { IndexedPack } from '../repository/index-file.js';

/** Where a slot is: nothing, being written, or a blob that is known. */
const Slot = { FREE: 0, CLAIMED: 1, KNOWN: 2 } as const;

const ID_WORDS = 8;
const SLOT_BYTES = 4 + ID_WORDS * 4;
/** Slots of the first table; each further one has twice as many: 67 million in all. */
const FIRST_SLOTS = 1 << 16;
const TABLES = 10;
/** A table takes no more once it is this full; the next one does. */
const FULL = 0.75;
const COUNTS_BYTES = TABLES * 4;
/** What sets folders' lists apart from chunks that have the same bytes. */
const TREE_MARK = 0x7472_6565;

/** Bytes before table `i`. */
function tableAt(i: number): number {
  return COUNTS_BYTES + FIRST_SLOTS * (2 ** i - 1) * SLOT_BYTES;
}

/** What is shared with other threads. */
export type BlobTableMemory = SharedArrayBuffer;

/**
 * The blobs that the repository has or that a thread is about to add, one set
 * for all threads: who claims a blob first adds it.
 *
 * Open addressing in shared memory, in tables that follow each other: a full
 * one is left as it is, and the next one begun. Only memory that is touched
 * counts. In a race for the last slots of a table two threads may both be told
 * that a blob is theirs: it is then stored twice, which does no harm.
 */
export class BlobTable {
  readonly memory: BlobTableMemory;
  readonly #counts: Int32Array;
  readonly #tables: { readonly states: Int32Array; readonly ids: Int32Array; readonly slots: number }[] = [];
  readonly #words = new Int32Array(ID_WORDS);
  readonly #bytes = Buffer.from(this.#words.buffer);

  /** A new table, or, with `memory`, one that another thread made. */
  constructor(memory: BlobTableMemory = new SharedArrayBuffer(tableAt(1), { maxByteLength: tableAt(TABLES) })) {
    this.memory = memory;
    this.#counts = new Int32Array(memory, 0, TABLES);
  }

  /** Whether the blob is known or claimed. */
  has(id: Uint8Array, isTree: boolean): boolean {
    this.#take(id, isTree);
    for (let i = 0; i < TABLES; i++) {
      const full = this.#isFull(i);
      if (this.#find(i, false) === 'known') return true;
      if (!full) return false;
    }
    return false;
  }

  /** Makes the blob known; true if it was not, and is the caller's to add now. */
  claim(id: Uint8Array, isTree: boolean): boolean {
    this.#take(id, isTree);
    return this.#claim();
  }

  /** Makes the blobs of a pack known, which are there already. */
  add({ blobs }: IndexedPack): void {
    for (const { id, type } of blobs) {
      this.#bytes.write(id, 'hex');
      if (type === 'tree') this.#words[0] ^= TREE_MARK;
      this.#claim();
    }
  }

  #claim(): boolean {
    for (let i = 0; i < TABLES; i++) {
      const answer = this.#find(i, !this.#isFull(i));
      if (answer !== 'absent') return answer === 'claimed';
    }
    return true;
  }

  #take(id: Uint8Array, isTree: boolean): void {
    this.#bytes.set(id);
    if (isTree) this.#words[0] ^= TREE_MARK;
  }

  #isFull(i: number): boolean {
    return Atomics.load(this.#counts, i) >= FIRST_SLOTS * 2 ** i * FULL;
  }

  #find(i: number, claim: boolean): 'known' | 'claimed' | 'absent' {
    const { states, ids, slots } = this.#table(i);
    for (let slot = this.#words[1] & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      let state = Atomics.load(states, slot);
      if (state === Slot.FREE) {
        if (!claim) return 'absent';
        state = Atomics.compareExchange(states, slot, Slot.FREE, Slot.CLAIMED);
        if (state === Slot.FREE) {
          for (let word = 0; word < ID_WORDS; word++) ids[slot * ID_WORDS + word] = this.#words[word];
          Atomics.store(states, slot, Slot.KNOWN);
          Atomics.add(this.#counts, i, 1);
          return 'claimed';
        }
      }
      // Another thread writes its id just now: a matter of nanoseconds.
      while (state === Slot.CLAIMED) state = Atomics.load(states, slot);
      if (this.#isAt(ids, slot * ID_WORDS)) return 'known';
    }
  }

  #isAt(ids: Int32Array, at: number): boolean {
    for (let i = 0; i < ID_WORDS; i++) if (ids[at + i] !== this.#words[i]) return false;
    return true;
  }

  #table(i: number): { readonly states: Int32Array; readonly ids: Int32Array; readonly slots: number } {
    let table = this.#tables[i];
    if (table === undefined) {
      growTo(this.memory, tableAt(i + 1));
      const slots = FIRST_SLOTS * 2 ** i;
      table = { states: new Int32Array(this.memory, tableAt(i), slots), ids: new Int32Array(this.memory, tableAt(i) + 4 * slots, slots * ID_WORDS), slots };
      this.#tables[i] = table;
    }
    return table;
  }
}

function growTo(memory: BlobTableMemory, bytes: number): void {
  while (memory.byteLength < bytes) {
    try {
      memory.grow(bytes);
    } catch (error) {
      // Another thread may have been first, and have made it even larger.
      if (memory.byteLength < bytes) throw error;
    }
  }
}

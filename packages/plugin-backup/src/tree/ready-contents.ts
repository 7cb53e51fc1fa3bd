import { createHash } from 'node:crypto';
import type { FileStat } from '@duet/core/model';
import { ENTRY_BYTES } from '../content/content-entries.js';
import type { ContentEntries } from '../content/content-entries.js';
import { Scratch } from '../scratch.js';

/** Files that there is room for, and chunks: 25 MB, of which only what is used counts. */
const MOST_FILES = 1 << 18;
const MOST_ENTRIES = MOST_FILES;
const SLOT_BITS = 19;
const SLOTS = 1 << SLOT_BITS;
/** Inodes whose numbers differ in the last bits only are side by side. */
const SIDE_BITS = 7;
/** Of files with so many chunks there is only a digest of their content, which has to be asked for. */
const MANY = 16;

const NUMBERS = 3;
const TIMES = 2;
/** Where each column begins, in bytes: those of eight bytes an element first. */
const TIMES_AT = MOST_FILES * NUMBERS * 8;
const SLOTS_AT = TIMES_AT + MOST_FILES * TIMES * 8;
const DEVS_AT = SLOTS_AT + SLOTS * 4;
const STARTS_AT = DEVS_AT + MOST_FILES * 4;
const COUNT_AT = STARTS_AT + MOST_FILES * 4;
const LENGTHS_AT = COUNT_AT + 4;
const TAKEN_AT = LENGTHS_AT + MOST_FILES;
const ENTRIES_AT = TAKEN_AT + MOST_FILES;

/** Length of a row of whose content there is only a digest, or nothing for want of room. */
const DIGEST = 0xfe;
const ABSENT = 0xff;

/** What tells a version of a file. */
export interface FileVersion extends FileStat {
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
}

/**
 * Files whose content is known in the version that they have, and that have no
 * extended attributes, for the walk of folders in another thread: it need not
 * ask for these one after the other. The first ones only, and the content of
 * those of few chunks; the others are asked for.
 *
 * One thread puts, and then, once it has asked for the walk, another one takes.
 */
export class ReadyContents {
  readonly memory: SharedArrayBuffer;
  /** Inode number, size, file number. */
  readonly #numbers: Float64Array;
  /** mtime and ctime. */
  readonly #times: BigInt64Array;
  /** By inode: row plus one, or zero. */
  readonly #slots: Uint32Array;
  readonly #devs: Uint32Array;
  /** Where the entries of each row begin, and how many there are, or what there is instead. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint8Array;
  readonly #count: Uint32Array;
  readonly #entries: Uint8Array;
  readonly #taken: Uint8Array;
  /** Entries that were put. */
  #entryCount = 0;
  readonly #told = new Scratch();

  /** An empty one, or, with `memory`, the one that another thread made. */
  constructor(memory = new SharedArrayBuffer(ENTRIES_AT + MOST_ENTRIES * ENTRY_BYTES)) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory, 0, MOST_FILES * NUMBERS);
    this.#times = new BigInt64Array(memory, TIMES_AT, MOST_FILES * TIMES);
    this.#slots = new Uint32Array(memory, SLOTS_AT, SLOTS);
    this.#devs = new Uint32Array(memory, DEVS_AT, MOST_FILES);
    this.#starts = new Uint32Array(memory, STARTS_AT, MOST_FILES);
    this.#lengths = new Uint8Array(memory, LENGTHS_AT, MOST_FILES);
    this.#count = new Uint32Array(memory, COUNT_AT, 1);
    this.#entries = new Uint8Array(memory, ENTRIES_AT, MOST_ENTRIES * ENTRY_BYTES);
    this.#taken = new Uint8Array(memory, TAKEN_AT, MOST_FILES);
  }

  /** Whether there is room for no more files. */
  get isFull(): boolean {
    return this.#count[0] === MOST_FILES;
  }

  /** Adds a file by its number, if there is room for it; what was put of its inode before gives way. */
  put(no: number, { ino, statDev, size, mtimeNs, ctimeNs }: FileVersion, entries: ContentEntries): void {
    const slot = this.#find(ino, statDev);
    let row = this.#slots[slot] - 1;
    if (row === -1) {
      row = this.#count[0];
      if (row === MOST_FILES) return;
      this.#count[0] = row + 1;
      this.#slots[slot] = row + 1;
    }
    this.#numbers[row * NUMBERS] = ino;
    this.#numbers[row * NUMBERS + 1] = size;
    this.#numbers[row * NUMBERS + 2] = no;
    this.#times[row * TIMES] = mtimeNs;
    this.#times[row * TIMES + 1] = ctimeNs;
    this.#devs[row] = statDev;
    this.#putEntries(row, entries);
  }

  /** The content of a file, if it was put in this version; `taken` names it then. */
  take({ ino, statDev, size, mtimeNs, ctimeNs }: FileVersion): ContentEntries | undefined {
    const row = this.row(ino, statDev);
    if (row === -1 || this.#lengths[row] >= DIGEST || this.#numbers[row * NUMBERS + 1] !== size || this.#times[row * TIMES] !== mtimeNs || this.#times[row * TIMES + 1] !== ctimeNs) return undefined;
    this.#taken[row] = 1;
    return Buffer.from(this.memory, ENTRIES_AT + this.#starts[row] * ENTRY_BYTES, this.#lengths[row] * ENTRY_BYTES);
  }

  /** Where an inode was put, in whatever version; -1: it was not. */
  row(ino: number, statDev: number): number {
    return this.#slots[this.#find(ino, statDev)] - 1;
  }

  /** What stands for the content of the files in these rows, one after the other, as `toldContent` gives it; undefined if it is not there of one of them. Good until the next call. */
  told(rows: readonly number[]): Uint8Array | undefined {
    const memory = this.#told.atLeast(rows.length * MANY * ENTRY_BYTES);
    let bytes = 0;
    for (const row of rows) {
      const length = this.#lengths[row];
      if (length === ABSENT) return undefined;
      const start = this.#starts[row] * ENTRY_BYTES;
      const end = start + (length === DIGEST ? 1 : length) * ENTRY_BYTES;
      memory.set(this.#entries.subarray(start, end), bytes);
      bytes += end - start;
    }
    return memory.subarray(0, bytes);
  }

  /** `taken` names the files in these rows. */
  takeRows(rows: readonly number[]): void {
    for (const row of rows) this.#taken[row] = 1;
  }

  /** Numbers of the files that were taken. */
  *taken(): IterableIterator<number> {
    for (let row = 0; row < this.#count[0]; row++) if (this.#taken[row] === 1) yield this.#numbers[row * NUMBERS + 2];
  }

  #putEntries(row: number, entries: ContentEntries): void {
    const told = toldContent(entries);
    const count = told.length / ENTRY_BYTES;
    const isThere = this.#entryCount + count <= MOST_ENTRIES;
    this.#lengths[row] = !isThere ? ABSENT : told === entries ? count : DIGEST;
    if (!isThere) return;
    this.#starts[row] = this.#entryCount;
    this.#entries.set(told, this.#entryCount * ENTRY_BYTES);
    this.#entryCount += count;
  }

  /** The slot of an inode, or the free one where it would be: half of them are. Neighbours, as files of a folder often are, lie side by side: fewer pages of memory are touched. */
  #find(ino: number, statDev: number): number {
    const high = Math.imul(statDev, 0x85ebca6b) ^ Math.imul(Math.floor(ino / 0x1_0000_0000), 0xc2b2ae35);
    const hash = Math.imul((ino >>> SIDE_BITS) ^ high, 0x9e3779b1);
    for (let slot = ((hash >>> (32 - SLOT_BITS + SIDE_BITS)) << SIDE_BITS) | (ino & ((1 << SIDE_BITS) - 1)); ; slot = (slot + 1) % SLOTS) {
      const row = this.#slots[slot] - 1;
      if (row === -1 || (this.#numbers[row * NUMBERS] === ino && this.#devs[row] === statDev)) return slot;
    }
  }
}

/** What stands for a file's content where only whether it is the same matters: the entries themselves, or a digest of many in the room of one. */
export function toldContent(entries: ContentEntries): Uint8Array {
  if (entries.length < MANY * ENTRY_BYTES) return entries;
  const digest = Buffer.alloc(ENTRY_BYTES);
  digest.set(createHash('sha256').update(entries).digest());
  return digest;
}

import type { FileStat } from '@duet/core/model';
import { ENTRY_BYTES } from '../content/content-entries.js';
import type { ContentEntries } from '../content/content-entries.js';

/** Files that there is room for: 6 MB, of which only what is used counts. */
const MOST_FILES = 1 << 16;
const SLOTS = 2 * MOST_FILES;

const NUMBERS = 3;
const TIMES = 2;
/** Where each column begins, in bytes: those of eight bytes an element first. */
const TIMES_AT = MOST_FILES * NUMBERS * 8;
const SLOTS_AT = TIMES_AT + MOST_FILES * TIMES * 8;
const DEVS_AT = SLOTS_AT + SLOTS * 4;
const COUNT_AT = DEVS_AT + MOST_FILES * 4;
const ENTRIES_AT = COUNT_AT + 4;
const TAKEN_AT = ENTRIES_AT + MOST_FILES * ENTRY_BYTES;

/** What tells a version of a file. */
export interface FileVersion extends FileStat {
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
}

/**
 * Files whose content is known in the version that they have, and that have no
 * extended attributes, for the walk of folders in another thread: it need not
 * ask for these one after the other. Of one chunk each, and the first ones
 * only; the others are asked for.
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
  readonly #count: Uint32Array;
  readonly #entries: Uint8Array;
  readonly #taken: Uint8Array;

  /** An empty one, or, with `memory`, the one that another thread made. */
  constructor(memory = new SharedArrayBuffer(TAKEN_AT + MOST_FILES)) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory, 0, MOST_FILES * NUMBERS);
    this.#times = new BigInt64Array(memory, TIMES_AT, MOST_FILES * TIMES);
    this.#slots = new Uint32Array(memory, SLOTS_AT, SLOTS);
    this.#devs = new Uint32Array(memory, DEVS_AT, MOST_FILES);
    this.#count = new Uint32Array(memory, COUNT_AT, 1);
    this.#entries = new Uint8Array(memory, ENTRIES_AT, MOST_FILES * ENTRY_BYTES);
    this.#taken = new Uint8Array(memory, TAKEN_AT, MOST_FILES);
  }

  /** Adds a file by its number, if there is room for it; what was put of its inode before gives way. */
  put(no: number, { ino, statDev, size, mtimeNs, ctimeNs }: FileVersion, entries: ContentEntries): void {
    if (entries.length !== ENTRY_BYTES) return;
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
    this.#entries.set(entries, row * ENTRY_BYTES);
  }

  /** The content of a file, if it was put in this version; `taken` names it then. */
  take({ ino, statDev, size, mtimeNs, ctimeNs }: FileVersion): ContentEntries | undefined {
    const row = this.#slots[this.#find(ino, statDev)] - 1;
    if (row === -1 || this.#numbers[row * NUMBERS + 1] !== size || this.#times[row * TIMES] !== mtimeNs || this.#times[row * TIMES + 1] !== ctimeNs) return undefined;
    this.#taken[row] = 1;
    return Buffer.from(this.memory, ENTRIES_AT + row * ENTRY_BYTES, ENTRY_BYTES);
  }

  /** Numbers of the files that were taken. */
  *taken(): IterableIterator<number> {
    for (let row = 0; row < this.#count[0]; row++) if (this.#taken[row] === 1) yield this.#numbers[row * NUMBERS + 2];
  }

  /** The slot of an inode, or the free one where it would be: half of them are. */
  #find(ino: number, statDev: number): number {
    for (let slot = Math.imul((ino >>> 0) ^ Math.imul(statDev, 0x85ebca6b), 0x9e3779b1) >>> 15; ; slot = (slot + 1) % SLOTS) {
      const row = this.#slots[slot] - 1;
      if (row === -1 || (this.#numbers[row * NUMBERS] === ino && this.#devs[row] === statDev)) return slot;
    }
  }
}

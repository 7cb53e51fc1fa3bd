import { columnBlock, highWord, joinWords } from '../model/index.js';
import type { Columns, Layout } from '../model/index.js';
import { InodeIndex } from './inode-index.js';

const NONE = -1;

const LAYOUT = {
  dev: [Uint32Array, 1],
  inoLow: [Uint32Array, 1],
  inoHigh: [Uint32Array, 1],
  seen: [Uint16Array, 1],
  relevant: [Uint16Array, 1],
  done: [Uint16Array, 1],
  lastEventNs: [Float64Array, 1],
  snapshotNs: [Float64Array, 1],
  first: [Int32Array, 1],
  foliosUnknown: [Uint8Array, 1],
  held: [Uint8Array, 1],
  maybeDirtied: [Uint8Array, 1],
  other: [Int32Array, 1],
} satisfies Layout;
const COLUMNS = Object.keys(LAYOUT) as (keyof typeof LAYOUT)[];
/** What has no meaning without a task. */
const TASK_COLUMNS = ['seen', 'relevant', 'done', 'first', 'foliosUnknown', 'snapshotNs'] as const;

/**
 * Files by slot, a small dense number: who they are in the kernel's events,
 * and which tasks have seen them, want them, and are done with them.
 *
 * `seen`, `relevant` and `done` hold one bit a task (see `ItemTable`). In all
 * columns 0 stands for what most files have: what few have takes memory where
 * they are only, as long as no 0 is written over another (see `columnBlock`).
 */
export class FileSlots implements Columns<typeof LAYOUT> {
  declare dev: Uint32Array;
  /** Words of the inode number; see `ino`. */
  declare inoLow: Uint32Array;
  declare inoHigh: Uint32Array;
  declare seen: Uint16Array;
  declare relevant: Uint16Array;
  declare done: Uint16Array;
  /** CLOCK_MONOTONIC nanoseconds of the last page event. */
  declare lastEventNs: Float64Array;
  /** CLOCK_MONOTONIC nanoseconds of the probe that was applied last; 0: none since the file's pages are tracked. */
  declare snapshotNs: Float64Array;
  /** First chunk of the file and 1; see `firstChunk`. */
  declare first: Int32Array;
  /** Whether some folios of the file were found by probing, or events of them may have been lost, so that their length is not known. */
  declare foliosUnknown: Uint8Array;
  /** Whether what tasks have to fetch of the file is held back: it is not known yet who it is to them. */
  declare held: Uint8Array;
  /** Whether pages may have become dirty, and clean again, since the last probe that was applied: events did not say whose. */
  declare maybeDirtied: Uint8Array;
  /** Slot of a twin and 1; see `twin`. */
  declare other: Int32Array;
  readonly #index = new InodeIndex(this);
  readonly #free: number[] = [];
  #length = 0;

  constructor() {
    Object.assign(this, columnBlock(LAYOUT, 1024));
  }

  /** Slots are 0 to length - 1; some of them may be free. */
  get length(): number {
    return this.#length;
  }

  ino(slot: number): number {
    return joinWords(this.inoLow[slot], this.inoHigh[slot]);
  }

  /** First chunk of the file, -1 if none of its pages is tracked. */
  firstChunk(slot: number): number {
    return this.first[slot] - 1;
  }

  setFirstChunk(slot: number, chunk: number): void {
    this.first[slot] = chunk + 1;
  }

  /** Another file with the same superblock and inode number (btrfs subvolumes), or -1. */
  twin(slot: number): number {
    return this.other[slot] - 1;
  }

  /** The first slot of that inode, or -1; others follow in `twin`. */
  find(dev: number, ino: number): number {
    return this.#index.get(dev, ino);
  }

  /** A new slot for that inode, in front of `twin`, the first one of its number until now (-1: there is none). */
  add(dev: number, ino: number, twin: number): number {
    const slot = this.#free.pop() ?? this.#new();
    this.dev[slot] = dev;
    this.inoLow[slot] = ino;
    if (ino > this.inoLow[slot]) this.inoHigh[slot] = highWord(ino);
    if (twin === NONE) this.#index.add(slot);
    else {
      this.other[slot] = twin + 1;
      this.#index.put(slot);
    }
    return slot;
  }

  /** Frees the slot: events of its inode find it no more, and another file may get it. */
  remove(slot: number): void {
    const first = this.find(this.dev[slot], this.ino(slot));
    if (first === slot) {
      if (this.twin(slot) === NONE) this.#index.remove(slot);
      else this.#index.put(this.twin(slot));
    } else if (first !== NONE) this.#unlink(first, slot);
    for (const name of COLUMNS) if (this[name][slot] !== 0) this[name][slot] = 0;
    this.#free.push(slot);
  }

  /** A new slot in place of `old`, which events of its inode find no more. */
  replace(old: number): number {
    const [dev, ino] = [this.dev[old], this.ino(old)];
    const slot = this.add(dev, ino, this.find(dev, ino));
    this.#unlink(slot, old);
    this.lastEventNs[slot] = this.lastEventNs[old];
    return slot;
  }

  /** No task is left: forgets what they were to each file, and which pages were tracked for them. */
  forgetTasks(): void {
    for (const name of TASK_COLUMNS) {
      const column = this[name];
      for (let slot = 0; slot < this.#length; slot++) if (column[slot] !== 0) column[slot] = 0;
    }
  }

  #new(): number {
    if (this.#length === this.dev.length) Object.assign(this, columnBlock(LAYOUT, this.#length * 2, this));
    return this.#length++;
  }

  /** Takes a slot out of the chain that begins with `first`, if it is in it. */
  #unlink(first: number, slot: number): void {
    let before = first;
    while (before !== NONE && this.twin(before) !== slot) before = this.twin(before);
    if (before !== NONE) this.other[before] = this.other[slot];
    this.other[slot] = 0;
  }
}

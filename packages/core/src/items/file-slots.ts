import { longer } from '../model/index.js';
import { InodeIndex } from './inode-index.js';

const NONE = -1;

/**
 * Files by slot, a small dense number: who they are in the kernel's events,
 * and which tasks have seen them, want them, and are done with them.
 *
 * `seen`, `relevant` and `done` hold one bit a task (see `ItemTable`).
 */
export class FileSlots {
  dev = new Uint32Array(1024);
  ino = new Float64Array(1024);
  seen = new Uint16Array(1024);
  relevant = new Uint16Array(1024);
  done = new Uint16Array(1024);
  /** CLOCK_MONOTONIC nanoseconds of the last page event. */
  lastEventNs = new Float64Array(1024);
  /** CLOCK_MONOTONIC nanoseconds of the probe that was applied last; 0: none since the file's pages are tracked. */
  snapshotNs = new Float64Array(1024);
  /** First chunk of the file, -1 if none of its pages is tracked. */
  firstChunk = new Int32Array(1024).fill(NONE);
  /** Whether some folios of the file were found by probing, so that their length is not known. */
  foliosUnknown = new Uint8Array(1024);
  /** Whether what tasks have to fetch of the file is held back: it is not known yet who it is to them. */
  held = new Uint8Array(1024);
  /** Another file with the same superblock and inode number (btrfs subvolumes), or -1. */
  twin = new Int32Array(1024).fill(NONE);
  #index = new InodeIndex();
  #length = 0;

  /** Slots in use: they are 0 to length - 1. */
  get length(): number {
    return this.#length;
  }

  /** The first slot of that inode, or -1; others follow in `twin`. */
  find(dev: number, ino: number): number {
    return this.#index.get(dev, ino);
  }

  /** A new slot for that inode, in front of others of the same number. */
  add(dev: number, ino: number): number {
    if (this.#length === this.dev.length) this.#grow();
    const slot = this.#length++;
    this.dev[slot] = dev;
    this.ino[slot] = ino;
    this.twin[slot] = this.#index.get(dev, ino);
    this.#index.set(dev, ino, slot);
    return slot;
  }

  /** A new slot in place of `old`, which events of its inode find no more. */
  replace(old: number): number {
    const slot = this.add(this.dev[old], this.ino[old]);
    let before = slot;
    while (this.twin[before] !== old) before = this.twin[before];
    this.twin[before] = this.twin[old];
    this.twin[old] = NONE;
    this.lastEventNs[slot] = this.lastEventNs[old];
    return slot;
  }

  #grow(): void {
    const length = this.dev.length * 2;
    this.dev = longer(this.dev, length);
    this.ino = longer(this.ino, length);
    this.seen = longer(this.seen, length);
    this.relevant = longer(this.relevant, length);
    this.done = longer(this.done, length);
    this.lastEventNs = longer(this.lastEventNs, length);
    this.snapshotNs = longer(this.snapshotNs, length);
    this.firstChunk = longer(this.firstChunk, length, NONE);
    this.foliosUnknown = longer(this.foliosUnknown, length);
    this.held = longer(this.held, length);
    this.twin = longer(this.twin, length, NONE);
  }
}

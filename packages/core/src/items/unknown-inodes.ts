import { highWord } from '../model/index.js';
import { InodeIndex } from './inode-index.js';
import type { InodeColumns } from './inode-index.js';

/** Inodes that are remembered one by one; twice as many at most. */
const REMEMBERED = 32768;

/** Inodes, and when each had its last event. */
class Half implements InodeColumns {
  readonly dev = new Uint32Array(REMEMBERED);
  readonly inoLow = new Uint32Array(REMEMBERED);
  readonly inoHigh = new Uint32Array(REMEMBERED);
  readonly lastNs = new Float64Array(REMEMBERED);
  readonly index = new InodeIndex(this);
  /** Time of the last event noted. */
  newestNs = 0;

  /** When the inode had its last event; 0: none that is remembered. */
  lastOf(dev: number, ino: number): number {
    // Asked for each new file, and mostly empty.
    const row = this.index.size === 0 ? -1 : this.index.get(dev, ino);
    return row === -1 ? 0 : this.lastNs[row];
  }
}

/**
 * When inodes without a slot had their last event: a scan may have looked at
 * such a file before the event and report it after it.
 *
 * Bounded: the older half is forgotten where there are too many, and with it
 * which inodes they were; each inode is then taken to have had one of theirs.
 */
export class UnknownInodes {
  #young = new Half();
  #old = new Half();
  /** Time of the last event forgotten. */
  #forgottenNs = 0;

  note(dev: number, ino: number, timeNs: number): void {
    let row = this.#young.index.get(dev, ino);
    if (row === -1) {
      if (this.#young.index.size === REMEMBERED) this.#age();
      row = this.#young.index.size;
      this.#young.dev[row] = dev;
      this.#young.inoLow[row] = ino;
      this.#young.inoHigh[row] = highWord(ino);
      this.#young.index.put(row);
    }
    this.#young.lastNs[row] = Math.max(this.#young.lastNs[row], timeNs);
    this.#young.newestNs = Math.max(this.#young.newestNs, timeNs);
  }

  /** CLOCK_MONOTONIC nanoseconds after which the inode surely had no event. */
  lastNs(dev: number, ino: number): number {
    return Math.max(this.#forgottenNs, this.#young.lastOf(dev, ino), this.#old.lastOf(dev, ino));
  }

  #age(): void {
    this.#forgottenNs = Math.max(this.#forgottenNs, this.#old.newestNs);
    this.#old = this.#young;
    this.#young = new Half();
  }
}

import { InodeIndex } from './inode-index.js';

/** Inodes that are remembered one by one; twice as many at most. */
const REMEMBERED = 32768;

/**
 * When inodes without a slot had their last event: a scan may have looked at
 * such a file before the event and report it after it.
 *
 * Bounded: the older half is forgotten where there are too many, and with it
 * which inodes they were; each inode is then taken to have had one of theirs.
 */
export class UnknownInodes {
  #young = new InodeIndex();
  #old = new InodeIndex();
  #youngNs = new Float64Array(REMEMBERED);
  #oldNs = new Float64Array(REMEMBERED);
  /** Time of the last event that was noted, of the last one in the older half, and of the last one forgotten. */
  #newestNs = 0;
  #newestOldNs = 0;
  #forgottenNs = 0;

  note(dev: number, ino: number, timeNs: number): void {
    this.#newestNs = timeNs;
    let entry = this.#young.get(dev, ino);
    if (entry === -1) {
      if (this.#young.size === REMEMBERED) this.#age();
      entry = this.#young.size;
      this.#young.set(dev, ino, entry);
    }
    this.#youngNs[entry] = timeNs;
  }

  /** CLOCK_MONOTONIC nanoseconds after which the inode surely had no event. */
  lastNs(dev: number, ino: number): number {
    const young = this.#young.get(dev, ino);
    if (young !== -1) return Math.max(this.#youngNs[young], this.#forgottenNs);
    const old = this.#old.get(dev, ino);
    return old === -1 ? this.#forgottenNs : Math.max(this.#oldNs[old], this.#forgottenNs);
  }

  #age(): void {
    this.#forgottenNs = Math.max(this.#forgottenNs, this.#newestOldNs);
    this.#newestOldNs = this.#newestNs;
    this.#old = this.#young;
    this.#young = new InodeIndex();
    [this.#youngNs, this.#oldNs] = [this.#oldNs, this.#youngNs];
  }
}

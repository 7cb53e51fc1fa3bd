import type { FoundInode, InodeNumber } from '../kernel/index.js';
import type { BytePath } from '../model/index.js';

/** Inodes asked for at once; each takes some ten microseconds. */
const ASKED_MAX = 256;

export interface StrangersOptions {
  /** Finds names of inodes, as far as the kernel has them in memory. */
  readonly find: (dev: number, inodes: readonly InodeNumber[]) => FoundInode[];
  /** Subvolumes that an inode number of the superblock may be in. */
  readonly subvolumesOf: (dev: number) => readonly number[];
  /** Somebody with that name had an event. */
  readonly found: (path: BytePath) => void;
  /** Nobody knows the name of one that had an event. */
  readonly nameless: () => void;
}

/**
 * Inodes that had an event and that nobody knows, on file systems whose names
 * are not followed: the kernel is asked for their names, just after somebody
 * opened them. Without an answer, only a scan finds them.
 */
export class Strangers {
  readonly #options: StrangersOptions;
  /** Superblock to inode numbers. */
  readonly #waiting = new Map<number, Set<number>>();

  constructor(options: StrangersOptions) {
    this.#options = options;
  }

  met(dev: number, ino: number): void {
    let inodes = this.#waiting.get(dev);
    if (inodes === undefined) this.#waiting.set(dev, (inodes = new Set()));
    if (inodes.size < ASKED_MAX) inodes.add(ino);
    else this.#options.nameless();
  }

  pump(): void {
    if (this.#waiting.size === 0) return;
    const { find, subvolumesOf, found, nameless } = this.#options;
    for (const [dev, inodes] of this.#waiting) {
      this.#waiting.delete(dev);
      const subvolumes = [...new Set(subvolumesOf(dev))];
      const asked = [...inodes].flatMap((ino) => (subvolumes.length === 0 ? [0] : subvolumes).map((subvolume) => ({ ino, subvolume })));
      for (const answer of find(dev, asked)) {
        if (answer === 'nameless') nameless();
        else if (answer !== 'gone') found(answer.path);
      }
    }
  }
}

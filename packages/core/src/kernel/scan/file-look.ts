import { pagesOf } from '../../model/index.js';
import { CacheProbe, firstPhysical, generationOfHandle, generationOfOpen, generationOfStat, ResidencyRuns } from '../probe/index.js';
import { FileHandle, Stat } from '../syscalls/index.js';

/** Looks at one open file after the other: state, cache, place, generation. */
export class FileLook {
  readonly stat = new Stat();
  readonly runs = new ResidencyRuns();
  readonly #probe = new CacheProbe();
  readonly #handle = new FileHandle();
  /** When `read` was called, in milliseconds: before the state was read, for what is written after it must not look older. */
  atMs = 0;

  /** Reads the file's state into `stat`, and before it, for `readCache`, how much is cached. 0, or negative errno. */
  read(fd: number): number {
    this.atMs = Date.now();
    this.#probe.countAll(fd);
    return this.stat.read(fd);
  }

  /**
   * Reads the cache state into `runs` and the file's state anew into `stat`,
   * which has been read. False if this user is not told.
   *
   * The state is read after the cache, so that a file which was written in
   * between has the younger ctime, and its pages do not pass for the disk's.
   * Where what `read` counted says it all, nothing is read again.
   */
  readCache(fd: number): boolean {
    if (this.#probe.readCounted(pagesOf(this.stat.size), this.runs)) return true;
    for (let left = 2; left > 0; left--) {
      const { size } = this.stat;
      if (!this.#probe.read(fd, pagesOf(size), this.stat.uid, this.runs)) return false;
      if (this.runs.resident === 0 || this.stat.read(fd) < 0 || this.stat.size >= size) return true;
    }
    // It is being cut again and again: what was read may lie behind its end.
    return false;
  }

  physical(fd: number): number {
    return firstPhysical(fd);
  }

  /** Inode generation of an open file whose state is in `stat`. */
  generation(fd: number, hasGetVersion: boolean): number {
    if (hasGetVersion) {
      const told = generationOfOpen(fd);
      if (told !== undefined) return told;
    }
    return this.#handle.read(fd) === 0 ? generationOfHandle(this.#handle) : generationOfStat(this.stat);
  }

  /** Inode generation of the name at address `name`, for files that may not be opened. */
  generationAt(folder: number, name: number): number {
    return this.#handle.readAt(folder, name) === 0 ? generationOfHandle(this.#handle) : generationOfStat(this.stat);
  }
}

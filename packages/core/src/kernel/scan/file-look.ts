import { PAGE_BYTES, pagesOf } from '../../model/index.js';
import { CacheProbe, firstPhysical, generationOfHandle, generationOfOpen, generationOfStat, ResidencyRuns } from '../probe/index.js';
import { FileHandle, Stat } from '../syscalls/index.js';

/** More than what the times of files may be behind the clock. */
const CLOCK_TICK_MS = 20;

/** Looks at one open file after the other: state, cache, place, generation. */
export class FileLook {
  readonly stat = new Stat();
  readonly runs = new ResidencyRuns();
  readonly #probe = new CacheProbe();
  readonly #handle = new FileHandle();
  /** When `read` was called, in milliseconds: before the state was read, for what is written after it must not look older. */
  atMs = 0;

  /** Reads the file's state into `stat`, and before it, if `readCache` is to follow, how much is cached. 0, or negative errno. */
  read(fd: number, withCache: boolean): number {
    this.atMs = Date.now();
    if (withCache) this.#probe.countAll(fd);
    return this.stat.read(fd);
  }

  /**
   * Reads the cache state into `runs` and the file's state anew into `stat`,
   * which has been read. False if this user is not told.
   *
   * The state is read after the cache, so that a file which was written in
   * between has the younger ctime, and its pages do not pass for the disk's.
   * Where what `read` counted says it all, nothing is read again; `endsWithFile`:
   * whether it may, as `FsEntry` has it.
   */
  readCache(fd: number, endsWithFile = false): boolean {
    if (endsWithFile && this.#isAsCounted() && this.#probe.readCounted(pagesOf(this.stat.size), this.runs)) return true;
    for (let left = 2; left > 0; left--) {
      const { size } = this.stat;
      if (!this.#probe.read(fd, pagesOf(size), this.stat.uid, this.runs)) return false;
      if (this.runs.resident === 0 || this.stat.read(fd) < 0 || this.stat.size >= size) return true;
    }
    // It is being cut again and again: what was read may lie behind its end.
    return false;
  }

  /** Whether all that was counted lies within the file as it is now, or in its last folio: it was not cut meanwhile, and has nothing else behind its end. */
  #isAsCounted(): boolean {
    const { stat } = this;
    const wasLeftAlone = Number(stat.ctimeNs) / 1e6 < this.atMs - CLOCK_TICK_MS;
    return wasLeftAlone && !stat.isVerity && stat.allocatedBytes <= pagesOf(stat.size) * PAGE_BYTES;
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

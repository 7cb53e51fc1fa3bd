import { PAGE_BYTES } from '../../model/index.js';
import { cachedPages, cachestat, close, dirtyPages, ENOSYS, FOLIO_BYTES_MAX, Open, openat, AT_FDCWD, CString } from '../syscalls/index.js';
import type { BytePath } from '../../model/index.js';
import { IncoreWindows, WINDOW_PAGES } from './incore-windows.js';
import { mayMincore } from './may-mincore.js';
import type { ResidencyRuns } from './residency-runs.js';

const cString = new CString();

/** Ranges up to this long are looked at page by page once they are known to be cached in part; longer ones are halved. */
const MINCORE_PAGES = 8192;
/** Pages of the largest folio. */
const FOLIO_PAGES_MAX = FOLIO_BYTES_MAX / PAGE_BYTES;
/** How often one file's dirty pages are asked for; what remains then counts as dirty where it is cached. */
const DIRTY_CALLS_MAX = 512;

/**
 * Reads which pages of open files are cached, and which are dirty.
 *
 * A snapshot of something that moves: pages come and go between its calls.
 * Asks cachestat, and mincore only for ranges that are cached in part and hold
 * no page that is still being read; without cachestat (before Linux 6.5) mincore
 * alone, and then dirty pages are not known and told as clean.
 */
export class CacheProbe {
  readonly #incore = new IncoreWindows();
  readonly #cachestat: boolean;
  #dirtyCalls = 0;
  /** What `countAll` counted; -1: nothing. */
  #all = -1;
  #allDirty = 0;

  constructor(cachestatWorks = cachestatExists()) {
    this.#cachestat = cachestatWorks;
  }

  /** Counts all pages of a file, whatever its length, ahead of `readCounted` and `read` for it. */
  countAll(fd: number): void {
    this.#all = this.#cachestat && cachestat(fd, 0, 0) === 0 ? cachedPages() : -1;
    this.#allDirty = dirtyPages();
  }

  /**
   * As `read`, where the count of all pages says it alone: none is cached, or
   * all are, and are all clean or all dirty. False: it does not. To be asked
   * where nothing is cached behind the end of the file but by its last folio.
   */
  readCounted(pages: number, runs: ResidencyRuns): boolean {
    runs.clear();
    if (this.#all === 0 || pages === 0) return this.#all === 0;
    const behind = this.#all - pages;
    const isUniform = this.#allDirty === 0 || (this.#allDirty >= this.#all && behind === 0);
    // A folio that reaches beyond the end begins at a multiple of its length: with such a file at its start, and no page is missing before it.
    const isTold = (pages & (pages - 1)) === 0 && pages < FOLIO_PAGES_MAX && behind >= 0 && behind <= FOLIO_PAGES_MAX - pages;
    if (!isUniform || !isTold) return false;
    runs.add(0, pages, this.#allDirty > 0);
    if (behind > 0) runs.addBehind(pages, behind, false);
    return true;
  }

  /**
   * Fills `runs` with the cached pages of a file of `pages` pages that `uid`
   * owns, and those behind its end that belong to the same folio as the last.
   * False if this user is not told.
   */
  read(fd: number, pages: number, uid: number, runs: ResidencyRuns): boolean {
    const all = this.#all;
    this.#all = -1;
    runs.clear();
    if (pages === 0) return true;
    if (!this.#readFile(fd, pages, uid, runs)) return false;
    if (this.#cachestat && pages % FOLIO_PAGES_MAX !== 0 && runs.endsWith(pages - 1) && (all === -1 || all > runs.resident)) this.#readBehind(fd, pages, runs);
    return true;
  }

  #readFile(fd: number, pages: number, uid: number, runs: ResidencyRuns): boolean {
    if (!this.#cachestat) return mayMincore(fd, uid) && this.#readIncore(fd, 0, pages, (first, count) => runs.add(first, count, false));
    if (cachestat(fd, 0, pages * PAGE_BYTES) < 0) return false;
    const cached = cachedPages();
    if (cached === 0) return true;
    const dirty = dirtyPages();
    if (cached >= pages && (dirty === 0 || dirty >= pages)) {
      runs.add(0, pages, dirty > 0);
      return true;
    }
    this.#dirtyCalls = 0;
    return this.#split(fd, 0, pages, cached, dirty, runs);
  }

  /** Fills `runs` with the cached pages among `pages` from page `first`. False if this user is not told. */
  readRange(fd: number, first: number, pages: number, uid: number, runs: ResidencyRuns): boolean {
    runs.clear();
    this.#dirtyCalls = 0;
    if (this.#cachestat) return this.#splitHalf(fd, first, pages, runs);
    return mayMincore(fd, uid) && this.#readIncore(fd, first, pages, (first, count) => runs.add(first, count, false));
  }

  /** Adds the pages behind the end of the file, which go on without a gap. */
  #readBehind(fd: number, pages: number, runs: ResidencyRuns): void {
    // As a rule there are none: of a file that is shorter than a folio may be, one count says so.
    if (pages < FOLIO_PAGES_MAX && cachestat(fd, 0, FOLIO_BYTES_MAX) === 0 && cachedPages() <= runs.resident) return;
    const most = FOLIO_PAGES_MAX - (pages % FOLIO_PAGES_MAX);
    if (cachestat(fd, pages * PAGE_BYTES, most * PAGE_BYTES) < 0) return;
    const behind = Math.min(cachedPages(), most);
    if (behind > 0) runs.addBehind(pages, behind, dirtyPages() > 0);
  }

  /** Cached pages among `pages` from page `first`, or undefined if this user is not told. */
  count(fd: number, first: number, pages: number, uid: number): number | undefined {
    if (pages === 0) return 0;
    if (this.#cachestat) return cachestat(fd, first * PAGE_BYTES, pages * PAGE_BYTES) < 0 ? undefined : Math.min(cachedPages(), pages);
    let total = 0;
    const told = mayMincore(fd, uid) && this.#readIncore(fd, first, pages, (_, count) => (total += count));
    return told ? total : undefined;
  }

  /** Looks at a range of which `cached` pages are cached and `dirty` dirty, by halves until each part is uniform or short. */
  #split(fd: number, first: number, pages: number, cached: number, dirty: number, runs: ResidencyRuns): boolean {
    if (cached === 0) return true;
    if (cached >= pages) return this.#addResident(fd, first, pages, dirty, runs);
    if (pages <= MINCORE_PAGES) {
      const incore: number[] = [];
      let found = 0;
      const told = this.#readIncore(fd, first, pages, (start, count) => {
        incore.push(start, count);
        found += count;
      });
      if (!told) return false;
      // mincore leaves out pages that are being read just now: where they are, cachestat has to tell.
      if (found >= cached) {
        for (let i = 0; i < incore.length; i += 2) {
          const [start, count] = [incore[i], incore[i + 1]];
          this.#addResident(fd, start, count, dirty === 0 ? 0 : this.#countDirty(fd, start, count), runs);
        }
        return true;
      }
    }
    const half = halfOf(first, pages);
    return this.#splitHalf(fd, first, half, runs) && this.#splitHalf(fd, first + half, pages - half, runs);
  }

  #splitHalf(fd: number, first: number, pages: number, runs: ResidencyRuns): boolean {
    if (cachestat(fd, first * PAGE_BYTES, pages * PAGE_BYTES) < 0) return false;
    return this.#split(fd, first, pages, cachedPages(), dirtyPages(), runs);
  }

  /** Adds a resident run of which `dirty` pages are dirty, by halves until each part is uniform. */
  #addResident(fd: number, first: number, pages: number, dirty: number, runs: ResidencyRuns): boolean {
    if (dirty === 0 || dirty >= pages) {
      runs.add(first, pages, dirty > 0);
      return true;
    }
    const half = halfOf(first, pages);
    this.#addResident(fd, first, half, this.#countDirty(fd, first, half), runs);
    return this.#addResident(fd, first + half, pages - half, this.#countDirty(fd, first + half, pages - half), runs);
  }

  #countDirty(fd: number, first: number, pages: number): number {
    this.#dirtyCalls += 1;
    if (this.#dirtyCalls > DIRTY_CALLS_MAX) return pages;
    // A file that cannot be asked any more counts as dirty: the cautious answer.
    return cachestat(fd, first * PAGE_BYTES, pages * PAGE_BYTES) < 0 ? pages : dirtyPages();
  }

  #readIncore(fd: number, first: number, pages: number, take: (first: number, pages: number) => void): boolean {
    for (let done = 0; done < pages; done += WINDOW_PAGES) {
      if (!this.#incore.read(fd, first + done, Math.min(WINDOW_PAGES, pages - done), take)) return false;
    }
    return true;
  }
}

/** About half of a range of pages: up to where a folio may begin, if the range is long, since counting from there takes one call, not two. */
function halfOf(first: number, pages: number): number {
  const half = pages >>> 1;
  return half > FOLIO_PAGES_MAX ? half - ((first + half) % FOLIO_PAGES_MAX) : half;
}

/** Whether this kernel has cachestat (Linux 6.5 and later, unless a sandbox forbids it). */
export function cachestatExists(): boolean {
  const fd = openat(AT_FDCWD, cString.put('/proc/self/exe' as BytePath), Open.RDONLY | Open.CLOEXEC);
  if (fd < 0) return false;
  const answer = cachestat(fd, 0, 0);
  close(fd);
  // The program may belong to somebody else: being refused the answer says that the call is there.
  return answer !== -ENOSYS;
}

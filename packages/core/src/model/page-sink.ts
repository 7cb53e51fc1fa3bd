/** Bytes in a page. Duet refuses kernels with another page size (see `duet doctor`). */
export const PAGE_BYTES = 4096;

/** How many pages `bytes` bytes take up. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

/**
 * Takes page events, in the order of their time stamps.
 *
 * `dev` is the superblock's number in the kernel's encoding
 * (`major << 20 | minor`), `ino` the inode number, `index` and `pages` count
 * pages, `timeNs` is CLOCK_MONOTONIC in nanoseconds (a float, exact enough to
 * order events against state read by a program).
 *
 * Plain numbers and no objects: millions of calls a second go through here.
 */
export interface PageSink {
  /** A folio of `pages` pages entered the cache at `index`. */
  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void;
  /** `pages` folios of one page each entered the cache one after the other, from `index` on, the first at `firstNs` and the last at `lastNs`. */
  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void;
  /** A folio of `pages` pages left the cache. */
  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void;
  /** The folio that starts at `index` became dirty; the sink knows how long it is. */
  dirtied(dev: number, ino: number, index: number, timeNs: number): void;
  /** `pages` pages from `index` were given to the disk; Infinity: to the end of the file. */
  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void;
  /**
   * `pages` pages from `index` were invalidated, 0 where it was not whole
   * pages: a folio of which that is only a part has been split since.
   */
  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void;
  /** Pages of the inode may have been given to the disk; which ones is not known. */
  unsure(dev: number, ino: number, timeNs: number): void;
  /** At least `events` events were lost before `timeNs`, of whatever file. */
  lost(events: number, timeNs: number): void;
}

/** What `addedSingly` stands for, page by page; the times between the first and the last are evenly spread. */
export function addEach(sink: Pick<PageSink, 'added'>, dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
  for (let i = 0; i < pages; i++) sink.added(dev, ino, index + i, 1, i === 0 ? firstNs : firstNs + ((lastNs - firstNs) * i) / (pages - 1));
}

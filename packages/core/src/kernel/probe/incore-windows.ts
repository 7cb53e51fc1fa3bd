import { PAGE_BYTES } from '../../model/index.js';
import { mapFile, mincore, NativeBuffer, unmap } from '../syscalls/index.js';

/** Pages of one window: 1 GiB, so that a file of any size needs 256 KiB here. */
export const WINDOW_PAGES = 262_144;

/**
 * Which pages of an open file are resident, by mincore: page by page, and only
 * those that hold data already. The owner, root, and who may write to the file
 * get the truth; others are told that all is resident.
 *
 * @see https://man7.org/linux/man-pages/man2/mincore.2.html
 */
export class IncoreWindows {
  #vector = new NativeBuffer(4096);

  /**
   * Calls `take` with each resident run of `pages` pages from page `first`, at
   * most `WINDOW_PAGES`. False if the file cannot be mapped.
   */
  read(fd: number, first: number, pages: number, take: (first: number, pages: number) => void): boolean {
    if (this.#vector.bytes.length < pages) this.#vector = new NativeBuffer(Math.min(2 * pages, WINDOW_PAGES));
    const bytes = pages * PAGE_BYTES;
    const address = mapFile(fd, first * PAGE_BYTES, bytes);
    if (address < 0) return false;
    const failed = mincore(address, bytes, this.#vector.address);
    unmap(address, bytes);
    if (failed < 0) return false;
    const vector = this.#vector.bytes;
    for (let page = 0; page < pages; ) {
      if ((vector[page] & 1) === 0) {
        page += 1;
        continue;
      }
      const start = page;
      do page += 1;
      while (page < pages && (vector[page] & 1) === 1);
      take(first + start, page - start);
    }
    return true;
  }
}

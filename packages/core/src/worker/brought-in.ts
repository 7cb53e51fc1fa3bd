import { PAGE_BYTES, pagesOf } from '../model/index.js';
import { PageBits } from './page-bits.js';

/** The kernel reads ahead of what it is asked for, so far at most: what enters the cache there is the run's doing as well. */
const READAHEAD_PAGES = (8 * 2 ** 20) / PAGE_BYTES;

/** Pages of one file that the run has to do with. */
interface FilePages {
  readonly size: number;
  /** Cached, and not by the run. */
  readonly others: PageBits;
  /** What enters the cache here is the run's doing. */
  readonly claimed: PageBits;
  /** Brought in by the run, or about to be, and not released. */
  readonly own: PageBits;
  releasedBytes: number;
}

/** What the item table says of a file: runs of cached pages in a range of pages, flat, two numbers a run. */
export type ResidentRuns = (slot: number, first: number, pages: number) => number[];

/**
 * Tells what the run itself brings into the page cache from what others did:
 * so that each byte that comes from the disk is counted once, and that the run
 * takes out of the cache what it brought in, and only that.
 *
 * A page is others' if it was cached when the run first took something of its
 * file, or entered the cache since where the run was not reading.
 */
export class BroughtIn {
  readonly #files = new Map<number, FilePages>();
  readonly #residentRuns: ResidentRuns;

  constructor(residentRuns: ResidentRuns) {
    this.#residentRuns = residentRuns;
  }

  /** A task takes a range of a file of `size` bytes: gives the bytes of it that have to be read from the disk, which other tasks will find in the cache. */
  take(slot: number, size: number, offset: number, bytes: number): number {
    const [first, pages] = [offset / PAGE_BYTES, pagesOf(bytes)];
    const file = this.#file(slot, size, bytes);
    if (file === undefined) return 0;
    // Nothing is read ahead beyond the end.
    file.claimed.add(first, Math.max(Math.min(pages + READAHEAD_PAGES, pagesOf(size) - first), pages));
    let missing = 0;
    for (let page = first; page < first + pages; page++) {
      if (file.others.has(page) || file.own.has(page)) continue;
      file.own.add(page, 1);
      missing++;
    }
    return Math.min(missing * PAGE_BYTES, bytes);
  }

  /** Pages entered the cache (positive `sign`) or left it (negative). */
  pagesChanged(slot: number, first: number, pages: number, sign: 1 | -1): void {
    const file = this.#files.get(slot);
    if (file === undefined) return;
    if (sign < 0) {
      file.others.delete(first, pages);
      file.own.delete(first, pages);
      return;
    }
    for (let page = first; page < first + pages; page++) if (!file.claimed.has(page)) file.others.add(page, 1);
  }

  /** No task needs the range any more: gives the runs of pages that the run brought in, each once. */
  release(slot: number, offset: number, bytes: number): number[] {
    const file = this.#files.get(slot);
    if (file === undefined) return [];
    const [first, pages] = [offset / PAGE_BYTES, pagesOf(bytes)];
    const runs = file.own.runs(first, pages);
    file.own.delete(first, pages);
    // What is told twice counts once.
    if (runs.length > 0) file.releasedBytes += bytes;
    if (file.releasedBytes >= file.size || bytes >= file.size) this.#files.delete(slot);
    return runs;
  }

  /** The run is over: gives what it brought in and did not release, by slot. */
  releaseAll(): { readonly slot: number; readonly runs: number[] }[] {
    const all = [...this.#files].map(([slot, { own, size }]) => ({ slot, runs: own.runs(0, pagesOf(size)) }));
    this.#files.clear();
    return all;
  }

  /** Undefined for a file that is taken as a whole and all of it is others'. */
  #file(slot: number, size: number, takenBytes: number): FilePages | undefined {
    let file = this.#files.get(slot);
    if (file !== undefined) return file;
    const runs = this.#residentRuns(slot, 0, pagesOf(size));
    if (takenBytes >= size && runs[0] === 0 && runs[1] === pagesOf(size)) return undefined;
    file = { size, others: new PageBits(), claimed: new PageBits(), own: new PageBits(), releasedBytes: 0 };
    for (let i = 0; i < runs.length; i += 2) file.others.add(runs[i], runs[i + 1]);
    this.#files.set(slot, file);
    return file;
  }
}

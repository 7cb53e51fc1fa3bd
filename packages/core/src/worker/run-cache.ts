import { BroughtIn } from './brought-in.js';
import type { ResidentRuns } from './brought-in.js';
import { ReleaseQueue, TRIES } from './release-queue.js';
import type { ReleasePages } from './release-queue.js';

/** How much of the page cache a run may use, in bytes; Infinity where that is not known. */
export interface CacheBounds {
  /** What it can take if all that is in it goes, whatever waits to be written: much the same in each run. */
  readonly capacityBytes: number;
  /** What may be brought in and not yet consumed by all tasks. */
  readonly budgetBytes: number;
  /** What the cache can take now without evicting anything. */
  readonly headroomBytes: number;
}

/** A part of a file, `size` bytes long, that tasks process. In bytes. */
export interface CachedRange {
  readonly slot: number;
  readonly size: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What a run does to the page cache. */
export interface RunCache {
  bounds(): CacheBounds;
  /** A task takes the range: bytes of it that come from the disk; undefined where the plugin has to say. */
  take(range: CachedRange): number | undefined;
  /** Pages of the file entered the cache or left it. */
  pagesChanged(slot: number, first: number, pages: number, sign: 1 | -1): void;
  /** No task needs the range any more. May be told twice. */
  release(range: CachedRange): void;
  /** What was released may go now. */
  flush(): void;
  /** The run is over: all that it brought in is released, and has left the cache when this resolves. Nothing else is asked of it afterwards. */
  close(): Promise<void>;
}

/** What the page cache of a run is made of. */
export interface PageCacheUseOptions {
  readonly bounds: { read(): CacheBounds; close(): void };
  /** Absent where the cache is not followed page by page: then nothing is counted and nothing released. */
  readonly followed?: {
    readonly residentRuns: ResidentRuns;
    /** Absent: what the run brought in stays. */
    readonly release?: ReleasePages;
  };
}

/** A run as a guest in the page cache: bounded in what it brings in, and it takes that along when it goes. */
export class PageCacheUse implements RunCache {
  readonly #bounds: PageCacheUseOptions['bounds'];
  readonly #broughtIn: BroughtIn | undefined;
  readonly #releases: ReleaseQueue | undefined;
  #budgetBytes = Infinity;

  constructor({ bounds, followed }: PageCacheUseOptions) {
    this.#bounds = bounds;
    if (followed === undefined) return;
    this.#broughtIn = new BroughtIn(followed.residentRuns);
    if (followed.release !== undefined) this.#releases = new ReleaseQueue(followed.release);
  }

  bounds(): CacheBounds {
    const bounds = this.#bounds.read();
    this.#budgetBytes = bounds.budgetBytes;
    return bounds;
  }

  take({ slot, size, offset, bytes }: CachedRange): number | undefined {
    return this.#broughtIn?.take(slot, size, offset, bytes);
  }

  pagesChanged(slot: number, first: number, pages: number, sign: 1 | -1): void {
    this.#broughtIn?.pagesChanged(slot, first, pages, sign);
  }

  release({ slot, offset, bytes }: CachedRange): void {
    if (this.#broughtIn === undefined) return;
    const runs = this.#broughtIn.release(slot, offset, bytes);
    this.#releases?.add({ slot, runs }, this.#budgetBytes);
  }

  flush(): void {
    void this.#releases?.flush();
  }

  async close(): Promise<void> {
    for (const release of this.#broughtIn?.releaseAll() ?? []) this.#releases?.add(release, Infinity);
    // Once more for what was in use.
    for (let tries = 0; tries < TRIES; tries++) await this.#releases?.flush();
    this.#bounds.close();
  }
}

import { PAGE_BYTES } from '../model/index.js';

/** Files released at once: one drain of the kernel's per-CPU lists serves them all. */
const BATCH_FILES = 256;
/** What may wait to be released, of the budget. */
const PART_OF_BUDGET = 1 / 8;
/** How often it is tried: what could not be dropped was in use elsewhere, for a moment or for good. */
export const TRIES = 2;

/** Pages of a file that are to leave the cache: runs are flat, two numbers each, first page and pages. */
export interface Release {
  readonly slot: number;
  readonly runs: readonly number[];
}

interface Waiting extends Release {
  readonly tries: number;
}

/** Takes pages out of the cache; gives for each file how many of them are still there. */
export type ReleasePages = (releases: readonly Release[]) => Promise<readonly number[]>;

/**
 * Pages that wait to leave the cache. They go together, since that is cheaper
 * and since pages that were just read can't go: by number, by bytes, and when
 * somebody says `flush`.
 */
export class ReleaseQueue {
  readonly #release: ReleasePages;
  #waiting: Waiting[] = [];
  #pages = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(release: ReleasePages) {
    this.#release = release;
  }

  /** `budgetBytes`: what the run may have in the cache at once. */
  add(release: Release, budgetBytes: number): void {
    if (release.runs.length === 0) return;
    this.#add({ ...release, tries: 1 });
    if (this.#waiting.length >= BATCH_FILES || this.#pages * PAGE_BYTES >= budgetBytes * PART_OF_BUDGET) void this.flush();
  }

  /** Lets all go that waits; resolves when it has gone. */
  flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#pages = 0;
    if (batch.length > 0) this.#underWay = this.#underWay.then(() => this.#releaseAll(batch));
    return this.#underWay;
  }

  async #releaseAll(batch: readonly Waiting[]): Promise<void> {
    const left = await this.#release(batch).catch(() => []);
    for (const [i, one] of batch.entries()) if ((left[i] ?? 0) > 0 && one.tries < TRIES) this.#add({ ...one, tries: one.tries + 1 });
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    for (let i = 1; i < waiting.runs.length; i += 2) this.#pages += waiting.runs[i];
  }
}

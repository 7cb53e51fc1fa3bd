import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnder } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { filesBelow, readTruth, sameTruth } from './cache-truth.js';
import type { FileTruth } from './cache-truth.js';
import type { PageDifference, WatchedSession } from './watched-session.js';

/** How long a difference has to last to be one: longer than any pause that Duet makes before it looks again. */
const PERSISTS_MS = 12_000;
/** From when on an agreement is called slow, and what differs is taken note of. */
export const SLOW_MS = 1000;
/** Time between two tries, in milliseconds; events younger than a millisecond wait for the next drain. */
const PAUSES_MS = [3, 10, 30, 100, 250] as const;

/** A session and a file that do not agree with the kernel, for as long as was waited. */
export interface Difference {
  readonly session: WatchedSession;
  readonly truth: FileTruth;
  readonly pages: readonly PageDifference[];
}

/** What one quiet moment brought. */
export interface QuietResult {
  readonly files: number;
  /** Files compared, once for each session that they are below. */
  readonly comparisons: number;
  readonly comparedPages: number;
  /** Pages that only cachestat counts. */
  readonly unreadPages: number;
  readonly differences: readonly Difference[];
  /** Comparisons for which the kernel's answer never stood still. */
  readonly unstable: number;
  /** How long it took until the last comparison agreed; 0 if it did not. */
  readonly agreedAfterMs: number;
  /** What differed for over a second, and agreed later. */
  readonly slow: readonly Difference[];
}

/**
 * Compares what sessions have told with what the kernel says, for every file
 * below their paths, until they agree.
 *
 * Pages may leave the cache at any moment by themselves: an answer of the
 * kernel counts only if it is the same before and after the sessions have
 * fetched all there was, and a difference only if it lasts.
 */
export class QuietCheck {
  readonly #sessions: readonly WatchedSession[];
  /** Files with the sessions that did not agree so far. */
  readonly #open = new Map<string, readonly WatchedSession[]>();
  #comparedPages = 0;
  #unstable = 0;

  constructor(sessions: readonly WatchedSession[]) {
    this.#sessions = sessions;
  }

  async run(root: string): Promise<QuietResult> {
    const startedMs = performance.now();
    const truths = filesBelow(root).flatMap((path) => readTruth(path) ?? []);
    for (const session of this.#sessions) session.beginQuiet(pathsByKey(truths.filter(({ path }) => isBelow(path, session))));
    for (const { path } of truths) {
      const concerned = this.#sessions.filter((session) => isBelow(path, session));
      if (concerned.length > 0) this.#open.set(path, concerned);
    }
    const files = this.#open.size;
    const comparisons = [...this.#open.values()].reduce((sum, concerned) => sum + concerned.length, 0);
    const unreadPages = truths.reduce((sum, truth) => sum + truth.unreadPages, 0);
    let slow: readonly Difference[] = [];
    for (let round = 0; ; round++) {
      await sleep(PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)]);
      const differences = this.#compare();
      const elapsedMs = performance.now() - startedMs;
      if (elapsedMs > SLOW_MS && slow.length === 0) slow = differences;
      if (this.#open.size > 0 && elapsedMs < PERSISTS_MS) continue;
      const agreedAfterMs = this.#open.size === 0 ? elapsedMs : 0;
      return { files, comparisons, comparedPages: this.#comparedPages, unreadPages, differences, unstable: this.#unstable, agreedAfterMs, slow };
    }
  }

  /** One try: fetches all there is, and closes the files about which all agree. */
  #compare(): Difference[] {
    const before = new Map([...this.#open.keys()].map((path) => [path, readTruth(path)]));
    for (const session of this.#sessions) session.fetchAll();
    const differences: Difference[] = [];
    this.#unstable = 0;
    for (const [path, concerned] of this.#open) {
      const truth = before.get(path);
      const now = readTruth(path);
      if (truth === undefined || now === undefined || !sameTruth(truth, now)) {
        this.#unstable += concerned.length;
        continue;
      }
      const left: WatchedSession[] = [];
      for (const session of concerned) {
        const pages = session.differences(truth);
        if (pages.length === 0) {
          this.#comparedPages += truth.resident.length;
        } else {
          left.push(session);
          differences.push({ session, truth, pages });
        }
      }
      if (left.length > 0) this.#open.set(path, left);
      else this.#open.delete(path);
    }
    return differences;
  }
}

function isBelow(path: string, session: WatchedSession): boolean {
  return isUnder(path as BytePath, session.path as BytePath);
}

/** Files may have several names. */
function pathsByKey(truths: readonly FileTruth[]): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const { key, path } of truths) {
    const known = paths.get(key);
    if (known === undefined) paths.set(key, [path]);
    else known.push(path);
  }
  return paths;
}

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
  /** Pages that only cachestat counts, most at one moment. */
  readonly unreadPages: number;
  readonly differences: readonly Difference[];
  /** Comparisons for which the kernel's answer never stood still. */
  readonly unstable: number;
  /** How long it took until the last comparison agreed. */
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
export async function checkQuiet(root: string, sessions: readonly WatchedSession[]): Promise<QuietResult> {
  const startedMs = performance.now();
  const paths = filesBelow(root);
  const open = new Map<string, WatchedSession[]>();
  let comparisons = 0;
  for (const path of paths) {
    const concerned = sessions.filter((session) => isUnder(path as BytePath, session.path as BytePath));
    comparisons += concerned.length;
    if (concerned.length > 0) open.set(path, concerned);
  }
  const files = open.size;
  const keys = new Set<string>();
  let comparedPages = 0;
  let unreadPages = 0;
  let agreedAfterMs = 0;
  let slow: readonly Difference[] = [];
  let differences: Difference[] = [];
  for (let round = 0; ; round++) {
    await sleep(PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)]);
    const before = new Map<string, FileTruth>();
    for (const path of open.keys()) {
      const truth = readTruth(path);
      if (truth !== undefined) before.set(path, truth);
    }
    for (const session of sessions) session.fetchAll();
    differences = [];
    let unstable = 0;
    for (const [path, concerned] of open) {
      const truth = before.get(path);
      const now = readTruth(path);
      if (truth === undefined || now === undefined || !sameTruth(truth, now)) {
        unstable += concerned.length;
        continue;
      }
      keys.add(truth.key);
      if (round === 0) unreadPages += truth.unreadPages;
      const left: WatchedSession[] = [];
      for (const session of concerned) {
        const pages = session.differences(truth);
        if (pages.length === 0) {
          comparedPages += truth.resident.length;
        } else {
          left.push(session);
          differences.push({ session, truth, pages });
        }
      }
      if (left.length > 0) open.set(path, left);
      else open.delete(path);
    }
    const elapsedMs = performance.now() - startedMs;
    if (open.size === 0) agreedAfterMs = elapsedMs;
    if (elapsedMs > SLOW_MS && slow.length === 0) slow = differences;
    if (open.size === 0 || elapsedMs > PERSISTS_MS) {
      for (const session of sessions) session.keep(keys);
      return { files, comparisons, comparedPages, unreadPages, differences, unstable, agreedAfterMs, slow };
    }
  }
}

import type { AddedPages } from '../lab/page-trace.js';

const PAGE = 4096;

/** A unit that the scrub processed, and the bytes that it covers. */
export interface VerifiedUnit {
  readonly ino: number;
  readonly offset: number;
  readonly bytes: number;
  /** When it was verified, ms of CLOCK_MONOTONIC. */
  readonly endMs: number;
  /** Read past the cache: nothing of it was consumed from there. */
  readonly direct: boolean;
}

/** What the other program brought in, in bytes. */
export interface SharedReads {
  readonly broughtIn: number;
  /** Of these, brought in while unverified: neither had the scrub brought in the page itself before, nor had its unit ended. */
  readonly unverified: number;
  /** Of these, consumed from the cache: the scrub verified the page and never had to bring it in. */
  readonly consumed: number;
}

/**
 * How much of what another program brought into the page cache the scrub made
 * use of.
 *
 * `added` is the kernel's own record of who brought in which page when; all
 * threads but `otherThread` count as the scrub's. Each page counts once, by the
 * other program's first reading of it:
 *
 * - it was *unverified* if, until then, the scrub had not brought it in itself,
 *   and its unit was not verified yet, or never was;
 * - it was *consumed from the cache* if its unit was verified afterwards, and the
 *   scrub did not bring the page in between the two. It did where the page had
 *   been evicted in vain. A unit read past the cache consumes nothing.
 */
export function sharedReads(added: readonly AddedPages[], otherThread: number, units: readonly VerifiedUnit[]): SharedReads {
  const unitsOf = byIno(units);
  const filesOf = byIno(added);
  let broughtIn = 0;
  let unverified = 0;
  let consumed = 0;
  for (const [ino, events] of filesOf) {
    // Of each page: when the other program brought it in, and each time the scrub did.
    const other = new Map<number, number>();
    const scrub = new Map<number, number[]>();
    for (const event of events) {
      for (let page = event.index; page < event.index + event.pages; page++) {
        if (event.thread !== otherThread) scrub.set(page, [...(scrub.get(page) ?? []), event.atMs]);
        else if (!other.has(page)) other.set(page, event.atMs);
      }
    }
    for (const [page, atMs] of other) {
      broughtIn += PAGE;
      const unit = unitsOf.get(ino)?.find((candidate) => page * PAGE >= candidate.offset && page * PAGE < candidate.offset + candidate.bytes);
      const byScrub = scrub.get(page) ?? [];
      if (byScrub.some((time) => time < atMs)) continue;
      if (unit && unit.endMs <= atMs) continue;
      unverified += PAGE;
      if (unit && !unit.direct && !byScrub.some((time) => time <= unit.endMs)) consumed += PAGE;
    }
  }
  return { broughtIn, unverified, consumed };
}

function byIno<T extends { readonly ino: number }>(values: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const value of values) {
    const group = groups.get(value.ino);
    if (group) group.push(value);
    else groups.set(value.ino, [value]);
  }
  return groups;
}

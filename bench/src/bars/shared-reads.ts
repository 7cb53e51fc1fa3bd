import type { AddedPages } from '../lab/page-trace.js';

const PAGE = 4096;

/** A unit that a task processed, and the bytes that it covers. */
export interface ProcessedUnit {
  readonly ino: number;
  readonly offset: number;
  readonly bytes: number;
  /** When the task was done with it, ms of CLOCK_MONOTONIC. */
  readonly endMs: number;
  /** Read past the cache: nothing of it was consumed from there. */
  readonly direct: boolean;
}

/** What the other program brought in, in bytes. */
export interface SharedReads {
  readonly broughtIn: number;
  /** Of these, brought in while needed: Duet had not brought in the page itself before, and not all tasks were done with its unit. */
  readonly needed: number;
  /** Of these, consumed from the cache: each task that needed the page was done with it without Duet having to bring it in. */
  readonly consumed: number;
}

/**
 * How much of what another program brought into the page cache the tasks of one
 * run made use of.
 *
 * `added` is the kernel's own record of who brought in which page when; all
 * threads but `otherThread` count as Duet's. `unitsOfTasks` has the units of each
 * task; every task wants all pages. Each page counts once, by the other
 * program's first reading of it:
 *
 * - it was *needed* if, until then, Duet had not brought it in itself, and its
 *   unit was not done yet, or never was, by one task at least;
 * - it was *consumed from the cache* if each of these tasks was done with its unit
 *   afterwards, and Duet did not bring the page in between that reading and the
 *   last of these ends. It did where the page had been evicted in vain. A unit
 *   read past the cache consumes nothing.
 */
export function sharedReads(added: readonly AddedPages[], otherThread: number, unitsOfTasks: readonly (readonly ProcessedUnit[])[]): SharedReads {
  const tasks = unitsOfTasks.map(byIno);
  const filesOf = byIno(added);
  let broughtIn = 0;
  let needed = 0;
  let consumed = 0;
  for (const [ino, events] of filesOf) {
    // Of each page: when the other program brought it in, and each time Duet did.
    const other = new Map<number, number>();
    const own = new Map<number, number[]>();
    for (const event of events) {
      for (let page = event.index; page < event.index + event.pages; page++) {
        if (event.thread !== otherThread) own.set(page, [...(own.get(page) ?? []), event.atMs]);
        else if (!other.has(page)) other.set(page, event.atMs);
      }
    }
    for (const [page, atMs] of other) {
      broughtIn += PAGE;
      const byDuet = own.get(page) ?? [];
      if (byDuet.some((time) => time < atMs)) continue;
      // Of each task that needs the page, its unit; undefined if it never processed it.
      const needing = tasks.map((units) => unitAt(units.get(ino) ?? [], page * PAGE)).filter((unit) => unit === undefined || unit.endMs > atMs);
      if (needing.length === 0) continue;
      needed += PAGE;
      if (needing.every((unit) => unit && !unit.direct && !byDuet.some((time) => time <= unit.endMs))) consumed += PAGE;
    }
  }
  return { broughtIn, needed, consumed };
}

function unitAt(units: readonly ProcessedUnit[], offset: number): ProcessedUnit | undefined {
  return units.find((unit) => offset >= unit.offset && offset < unit.offset + unit.bytes);
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

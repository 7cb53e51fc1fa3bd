import type { Session } from '@duet/core';
import { EVENT_NAMES, PageEvent } from '@duet/core/model';
import type { EventName, Item } from '@duet/core/model';
import { fileKey } from './cache-truth.js';
import type { FileTruth } from './cache-truth.js';
import { Claim, PageClaims } from './page-claims.js';

/** Most items fetched at once at a quiet moment. */
const BATCH = 4096;

/** Pages of one file about which a session and the kernel do not agree. */
export interface PageDifference {
  readonly what: 'resident' | 'dirty';
  /** Runs of pages: first page, number, whether the kernel says yes. */
  readonly runs: readonly (readonly [number, number, boolean])[];
}

/** A session of the public API with a model of what it has told. */
export class WatchedSession {
  readonly session: Session;
  /** Folder or file, absolute. */
  readonly path: string;
  readonly #claims = new Map<string, PageClaims>();
  /** Paths of files at the last quiet moment, by key. */
  #paths: ReadonlyMap<string, readonly string[]> = new Map();
  /** Pages told a state again that they had been told. */
  repeated = 0;
  /** The last item that repeated something, for the report. */
  lastRepeated = '';
  pagesTold = 0;

  constructor(session: Session, path: string) {
    this.session = session;
    this.path = path;
  }

  get title(): string {
    const names: EventName[] = EVENT_NAMES.filter((name) => (this.session.mask & PageEvent[name.toUpperCase() as keyof typeof PageEvent]) !== 0);
    return `${this.session.name} [${names.join(' ')}] on ${this.path}`;
  }

  /** Whether the session's mask tells which pages are cached, and which are dirty. */
  get tellsResident(): boolean {
    return (this.session.mask & (PageEvent.EXISTS | PageEvent.ADDED)) !== 0;
  }

  get tellsDirty(): boolean {
    return (this.session.mask & PageEvent.MODIFIED) !== 0 || ((this.session.mask & PageEvent.DIRTY) !== 0 && (this.session.mask & PageEvent.FLUSHED) !== 0);
  }

  take(items: readonly Item[]): void {
    for (const item of items) {
      const key = fileKey(item.file.dev, item.file.id.ino, item.file.id.gen);
      let claims = this.#claims.get(key);
      if (claims === undefined) this.#claims.set(key, (claims = new PageClaims()));
      const repeated = claims.take(item);
      this.pagesTold += item.pages;
      if (repeated === 0) continue;
      this.repeated += repeated;
      this.lastRepeated = `${item.file.path} ino=${item.file.id.ino} page ${item.index} +${item.pages} events ${item.events} changed ${item.changed}`;
    }
  }

  /** Fetches all that waits. */
  fetchAll(): void {
    for (let items = this.session.fetch(BATCH); items.length > 0; items = this.session.fetch(BATCH)) this.take(items);
  }

  /** Where what was told of the file is not what the kernel says. */
  differences(truth: FileTruth): PageDifference[] {
    const claims = this.#claims.get(truth.key) ?? new PageClaims();
    const pages = truth.resident.length;
    claims.reach(pages);
    const found: PageDifference[] = [];
    if (this.tellsResident) push(found, 'resident', claims.resident, truth.resident, pages);
    if (this.tellsDirty) push(found, 'dirty', claims.dirty, truth.dirty, pages);
    return found;
  }

  /**
   * A quiet moment begins, with these files below the path: their paths by key.
   * Of a file that may have been elsewhere meanwhile a task that gets events is
   * not told what happened there.
   */
  beginQuiet(paths: ReadonlyMap<string, readonly string[]>): void {
    for (const [key, claims] of this.#claims) {
      const before = this.#paths.get(key);
      const stayed = paths.get(key)?.some((path) => before?.includes(path)) ?? false;
      if (!this.#tellsStates && !stayed) claims.doubt();
    }
    this.#paths = paths;
  }

  get #tellsStates(): boolean {
    return (this.session.mask & (PageEvent.EXISTS | PageEvent.MODIFIED)) !== 0;
  }
}

function push(found: PageDifference[], what: PageDifference['what'], claims: Uint8Array, truth: Uint8Array, pages: number): void {
  if (Buffer.compare(claims.subarray(0, pages), truth) === 0) return;
  const runs: [number, number, boolean][] = [];
  for (let page = 0; page < pages; page++) {
    if (claims[page] === truth[page] || claims[page] === Claim.UNKNOWN) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && last[0] + last[1] === page && last[2] === (truth[page] === 1)) last[1] += 1;
    else runs.push([page, 1, truth[page] === 1]);
  }
  if (runs.length > 0) found.push({ what, runs });
}

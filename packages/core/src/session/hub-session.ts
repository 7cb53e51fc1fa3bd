import { Observable } from 'rxjs/internal/Observable';
import { Subject } from 'rxjs/internal/Subject';
import { takeUntil } from 'rxjs/internal/operators/takeUntil';
import { share } from 'rxjs/internal/operators/share';
import type { SchedulerLike } from 'rxjs';
import { DuetError, isUnder, relativeTo } from '../model/index.js';
import type { BytePath, FileRef, Item, ScanProblem } from '../model/index.js';
import { Excludes } from '../kernel/scan/excludes.js';
import type { RunVisitor } from '../items/index.js';
import { polls } from './polls.js';
import type { SessionHub } from './session-hub.js';
import type { MountChange, Session, SessionCounters, SessionOptions } from './session-types.js';

/** Default for `fetchIntervalMs`. */
export const FETCH_INTERVAL_MS = 10;
const BATCH_ITEMS = 4096;

/** A registered task: its place in the item table, and its observables. */
export class HubSession implements Session {
  readonly id: number;
  readonly name: string;
  readonly path: BytePath;
  readonly mask: number;
  readonly ready: Promise<void>;
  readonly items$: Observable<readonly Item[]>;
  readonly lost$ = new Subject<{ events: number; filesReread: number }>();
  readonly mounts$ = new Subject<MountChange>();
  /** Slots whose file's size or times moved since last looked at. */
  readonly moved$ = new Subject<number>();
  /** Slots of files that are not below the path any more: gone, or under names elsewhere. */
  readonly left$ = new Subject<number>();
  /** Slots that a scan met, relevant or not, and where each file starts on the disk (bytes, see `ScanBatch`); `isCloser`: it looked at files that it had skimmed over. */
  readonly found$ = new Subject<{ readonly slots: readonly number[]; readonly physical: Float64Array; readonly isCloser: boolean }>();
  /** Folders that could not be looked at. */
  readonly problems$ = new Subject<ScanProblem>();
  /** Each end of a scan. */
  readonly scanned$ = new Subject<void>();
  readonly accepts: ((file: FileRef) => boolean) | undefined;
  /** Whether files that come to be after the scan are the session's as well. */
  readonly followsNew: boolean;
  readonly #excludes: Excludes;
  readonly #hub: SessionHub;
  readonly #closed$ = new Subject<void>();
  readonly #settleReady: { resolve: () => void; reject: (error: unknown) => void };
  #lostEvents = 0;
  #open = true;
  #ended: DuetError | undefined;

  constructor(hub: SessionHub, id: number, mask: number, options: SessionOptions, scheduler: SchedulerLike, followsNew: boolean) {
    this.#hub = hub;
    this.id = id;
    this.mask = mask;
    this.name = options.name;
    this.path = options.path;
    this.#excludes = new Excludes(options.exclude ?? []);
    this.accepts = options.accepts;
    this.followsNew = followsNew;
    const batchSize = options.batchSize ?? BATCH_ITEMS;
    this.items$ = polls(() => this.fetch(batchSize), options.fetchIntervalMs ?? FETCH_INTERVAL_MS, scheduler, hub.sleep).pipe(
      takeUntil(this.#closed$),
      share(),
    );
    let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
    this.ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    this.ready.catch(() => undefined);
    this.#settleReady = settle as NonNullable<typeof settle>;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get hasExcludes(): boolean {
    return !this.#excludes.isEmpty;
  }

  /** Whether the session's globs leave out this file, an absolute path below its own: by a name of its own or of a folder. */
  excludes(path: BytePath): boolean {
    return !this.#excludes.isEmpty && isUnder(path, this.path) && this.#excludes.hasOrAbove(relativeTo(path, this.path));
  }

  scanCompleted(): void {
    this.#settleReady.resolve();
    this.scanned$.next();
  }

  /** Ends the session with an error: `ready` rejects, the observables fail. */
  fail(error: DuetError): void {
    this.#settleReady.reject(error);
    this.#closed$.error(error);
    this.lost$.error(error);
    this.mounts$.error(error);
    this.scanned$.error(error);
  }

  /** The session is over, for that reason: also all calls fail with it. */
  end(reason: DuetError): void {
    this.#open = false;
    this.#ended = reason;
    this.fail(reason);
  }

  tellLost(events: number, filesReread: number): void {
    this.#lostEvents += events;
    this.lost$.next({ events, filesReread });
  }

  fetch(max: number): Item[] {
    const items: Item[] = [];
    let lastSlot = -1;
    let file: FileRef | undefined;
    this.fetchRuns(max, (slot, index, pages, events, changed) => {
      if (slot !== lastSlot || file === undefined) {
        file = this.#hub.ref(slot, this.path);
        lastSlot = slot;
      }
      items.push({ file, index, pages, events, changed });
    });
    return items;
  }

  /** As `fetch`, without making objects: for stages that know files by slot. */
  fetchRuns(max: number, visit: RunVisitor): number {
    this.#assertOpen('fetch');
    this.#hub.pump();
    // What was waiting may have been its end.
    this.#assertOpen('fetch');
    const fetched = this.#hub.table.fetch(this.id, max, visit);
    if (fetched > 0) this.#hub.happened();
    return fetched;
  }

  setDone(file: FileRef): void {
    this.#assertOpen('mark a file as done');
    const slot = this.#hub.slotOf(file);
    if (slot === -1) return;
    const { size, mtimeNs, ctimeNs } = this.#hub.index.stat(slot);
    // It changed since the caller was told of it: what was done was done to another version.
    if (size === file.size && mtimeNs === file.mtimeNs && ctimeNs === file.ctimeNs) this.#hub.table.setDone(slot, this.id);
  }

  resetDone(file: FileRef): void {
    this.#assertOpen('take back a done mark');
    const slot = this.#hub.slotOf(file);
    if (slot !== -1) this.#hub.table.resetDone(slot, this.id);
  }

  isDone(file: FileRef): boolean {
    this.#assertOpen('look at a done mark');
    const slot = this.#hub.slotOf(file);
    return slot !== -1 && this.#hub.table.isDone(slot, this.id);
  }

  counters(): SessionCounters {
    this.#assertOpen('count');
    return { ...this.#hub.table.counters(this.id), lost: this.#lostEvents };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#settleReady.resolve();
    this.#closed$.next();
    this.#closed$.complete();
    this.lost$.complete();
    this.mounts$.complete();
    this.moved$.complete();
    this.left$.complete();
    this.found$.complete();
    this.problems$.complete();
    this.scanned$.complete();
    this.#hub.leave(this);
  }

  #assertOpen(operation: string): void {
    if (this.#open) return;
    if (this.#ended !== undefined) throw this.#ended;
    throw new DuetError('DUET_ERR_SESSION_CLOSED', { operation, message: `the session '${this.name}' is closed` });
  }
}


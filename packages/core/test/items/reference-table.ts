import { addEach, PageEvent } from '../../src/model/index.js';
import type { Snapshot, TaskCounters } from '../../src/items/index.js';

/** Pages that a task is told of in one go: the fetch order is one of chunks. */
const CHUNK_PAGES = 64;

interface PageState {
  modified: boolean;
  fromDisk: boolean;
  /** A folio starts here. */
  head: boolean;
}

interface ReferenceFile {
  readonly dev: number;
  readonly ino: number;
  /** Resident pages; empty while no task wants the file. */
  readonly pages: Map<number, PageState>;
  foliosUnknown: boolean;
  /** A page may have become dirty, and clean again, since the last snapshot. */
  maybeDirtied: boolean;
  lastEventNs: number;
  snapshotNs: number;
}

/** What a task was told of a file, and the events that it was not told yet, by page. */
interface Told {
  exists: Set<number>;
  modified: Set<number>;
  events: Map<number, number>;
}

interface ReferenceTask {
  readonly mask: number;
  readonly seen: Set<number>;
  readonly relevant: Set<number>;
  readonly done: Set<number>;
  readonly told: Map<number, Told>;
  readonly counters: TaskCounters;
  /** By `chunkOf`. */
  readonly waiting: Map<string, Waiting>;
}

/** A chunk's place in a task's queue, in steps of the history. */
export interface Waiting {
  /** Its first since it was last fetched: it can't stand before one that was there then. */
  readonly first: number;
  /** It has had something to tell ever since: it can't stand behind one that came later. */
  since: number;
  /** Pages with something to tell. */
  readonly pages: Set<number>;
}

/** Bits of one page that a task has not fetched: as `Item` has them. */
export interface PagePending {
  readonly events: number;
  readonly changed: number;
}

/**
 * The item table as one would write it without caring for speed: sets and maps
 * of single pages, and what a task was told beside what is so now.
 */
export class ReferenceTable {
  readonly files: ReferenceFile[] = [];
  readonly tasks = new Map<number, ReferenceTask>();
  /** Files that have to be probed. */
  readonly stale = new Set<number>();
  /** Files that became dirty after a task was done with them. */
  readonly suspects = new Set<number>();
  /** Inodes without a slot that had events: `dev:ino` to the time of the last one. */
  readonly #strangers = new Map<string, number>();
  /** Superblocks whose events do not say whose they are. */
  readonly #sharing = new Set<number>();
  #lostNs = 0;
  #step = 0;

  /** Another step of the history begins. */
  begin(): void {
    this.#step++;
  }

  addFile(dev: number, ino: number): number {
    const twins = this.#slotsOf(dev, ino);
    if (twins.length > 0) this.shareNumbers(dev);
    const lastEventNs = twins.length === 0 ? (this.#strangers.get(`${dev}:${ino}`) ?? 0) : this.files[twins[0]].lastEventNs;
    return this.files.push({ dev, ino, pages: new Map(), foliosUnknown: false, maybeDirtied: false, lastEventNs, snapshotNs: 0 }) - 1;
  }

  shareNumbers(dev: number): void {
    if (this.#sharing.has(dev)) return;
    this.#sharing.add(dev);
    for (const slot of this.files.keys()) {
      if (this.files[slot].dev !== dev || !this.#isTracked(slot)) continue;
      this.#mayBeDirtied(slot);
      this.stale.add(slot);
    }
  }

  register(id: number, mask: number): void {
    this.tasks.set(id, {
      mask,
      seen: new Set(),
      relevant: new Set(),
      done: new Set(),
      told: new Map(),
      counters: { seen: 0, filtered: 0, merged: 0, fetched: 0 },
      waiting: new Map(),
    });
  }

  unregister(id: number): void {
    this.tasks.delete(id);
    this.#forgetUnwanted();
  }

  setRelevant(slot: number, id: number, relevant: boolean): void {
    const task = this.#task(id);
    task.seen.add(slot);
    if (relevant === task.relevant.has(slot)) return;
    if (relevant) {
      task.relevant.add(slot);
      this.#beginAnew(slot, task);
    } else {
      task.relevant.delete(slot);
      task.told.get(slot)?.events.clear();
      this.#forgetUnwanted();
      this.#review(slot, task);
    }
  }

  forgetSeen(slot: number, id: number): void {
    this.#task(id).seen.delete(slot);
  }

  setDone(slot: number, id: number): void {
    const task = this.#task(id);
    task.done.add(slot);
    task.told.delete(slot);
    this.#review(slot, task);
  }

  resetDone(slot: number, id: number): void {
    const task = this.#task(id);
    if (task.done.delete(slot) && task.relevant.has(slot)) this.#beginAnew(slot, task);
  }

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, pages, timeNs);
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    for (let page = index; page < index + pages; page++) this.#enter(slot, page, page === index, true, late);
  }

  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
    addEach(this, dev, ino, index, pages, firstNs, lastNs);
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, pages, timeNs);
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    this.#noteCut(slot, index, pages);
    for (let page = index; page < index + pages; page++) this.#leave(slot, page, late);
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot !== -1) this.#noteCut(slot, index, pages);
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot !== -1) this.stale.add(slot);
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 1, timeNs);
    for (const one of this.#slotsOf(dev, ino)) {
      if (this.#sharing.has(dev)) this.#mayBeDirtied(one);
      if ([...this.tasks.values()].some((task) => task.relevant.has(one) && task.done.has(one))) this.suspects.add(one);
    }
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    const { pages, foliosUnknown } = this.files[slot];
    if (foliosUnknown || pages.get(index)?.head !== true) {
      this.#distrust(slot);
      this.stale.add(slot);
    }
    if (!pages.has(index)) {
      if (late) return;
      this.#enter(slot, index, true, false, false);
    }
    for (let page = index; pages.has(page) && (page === index || !pages.get(page)?.head); page++) this.#soil(slot, page, late);
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot === -1) return;
    if (this.files[slot].foliosUnknown) this.stale.add(slot);
    for (const [page, state] of this.files[slot].pages) {
      if (page < index || page >= index + pages || !state.modified) continue;
      for (const task of this.#listeners(slot)) task.counters.seen++;
      this.#clean(slot, page);
    }
  }

  lost(_events: number, timeNs: number): void {
    this.#lostNs = Math.max(this.#lostNs, timeNs);
    for (const file of this.files) if (file.pages.size > 0) file.foliosUnknown = true;
  }

  applySnapshot(slot: number, snapshot: Snapshot): boolean {
    const file = this.files[slot];
    if (Math.max(file.lastEventNs, this.#lostNs) >= snapshot.probedNs) return false;
    if (!this.#isTracked(slot) || file.snapshotNs > snapshot.probedNs) return true;
    file.snapshotNs = snapshot.probedNs;
    if (snapshot.changed || file.maybeDirtied) this.#distrust(slot);
    const fromDisk = snapshot.fromDisk && !file.maybeDirtied;
    file.maybeDirtied = false;
    const found = new Map<number, boolean>();
    for (let i = 0; i < snapshot.runs.length; i += 3) {
      for (let n = 0; n < snapshot.runs[i + 1]; n++) found.set(snapshot.runs[i] + n, snapshot.runs[i + 2] !== 0);
    }
    for (const page of file.pages.keys()) if (!found.has(page)) this.#leave(slot, page, true);
    for (const [page, dirty] of found) {
      if (!file.pages.has(page)) {
        this.#enter(slot, page, true, fromDisk, true);
        file.foliosUnknown = true;
      }
      const { modified } = file.pages.get(page) as PageState;
      if (dirty && !modified) this.#soil(slot, page, true);
      if (!dirty && modified) this.#clean(slot, page);
    }
    return true;
  }

  /** All that the task has not fetched yet: `slot:page` to its bits. */
  pending(id: number): Map<string, PagePending> {
    const task = this.#task(id);
    const all = new Map<string, PagePending>();
    for (const slot of task.told.keys()) {
      for (const page of this.#pagesOf(slot, task)) {
        const bits = this.#bits(slot, page, task);
        if ((bits.events | bits.changed) !== 0) all.set(`${slot}:${page}`, bits);
      }
    }
    return all;
  }

  /** Chunks in the task's queue. */
  waiting(id: number): Map<string, Waiting> {
    return this.#task(id).waiting;
  }

  /** The task was told of this page. */
  fetched(id: number, slot: number, page: number): void {
    const task = this.#task(id);
    const told = task.told.get(slot) as Told;
    const state = task.relevant.has(slot) ? this.files[slot].pages.get(page) : undefined;
    told.events.delete(page);
    set(told.exists, page, state !== undefined);
    set(told.modified, page, state?.modified === true);
    const chunk = task.waiting.get(chunkOf(slot, page)) as Waiting;
    chunk.pages.delete(page);
    if (chunk.pages.size === 0) task.waiting.delete(chunkOf(slot, page));
  }

  /** The task got `items` items; `all`: it has no more to fetch. */
  fetchEnded(id: number, items: number, all: boolean): void {
    const { counters, waiting } = this.#task(id);
    counters.fetched += items;
    if (all) waiting.clear();
  }

  count(slot: number, index: number, pages: number, which: (page: PageState) => boolean): number {
    let count = 0;
    for (const [page, state] of this.files[slot].pages) if (page >= index && page < index + pages && which(state)) count++;
    return count;
  }

  /** Chunks of 64 pages that hold a resident page. */
  get residentChunks(): number {
    const chunks = new Set<string>();
    for (const [slot, { pages }] of this.files.entries()) for (const page of pages.keys()) chunks.add(chunkOf(slot, page));
    return chunks.size;
  }

  #task(id: number): ReferenceTask {
    return this.tasks.get(id) as ReferenceTask;
  }

  #slotsOf(dev: number, ino: number): number[] {
    return [...this.files.keys()].filter((slot) => this.files[slot].dev === dev && this.files[slot].ino === ino);
  }

  /** Slot that an event changes; -1 if it changes none. */
  #slotOf(dev: number, ino: number, pages: number, timeNs: number): number {
    const slots = this.#slotsOf(dev, ino);
    if (slots.length === 0) {
      this.#strangers.set(`${dev}:${ino}`, timeNs);
      return -1;
    }
    for (const slot of slots) this.files[slot].lastEventNs = timeNs;
    const listeners = new Set(slots.flatMap((slot) => this.#listeners(slot)));
    for (const task of this.tasks.values()) task.counters[listeners.has(task) ? 'seen' : 'filtered'] += pages;
    const tracked = slots.filter((slot) => this.#isTracked(slot));
    if (!this.#sharing.has(dev)) return tracked[0] ?? -1;
    for (const slot of tracked) this.stale.add(slot);
    return -1;
  }

  /** Tasks that get the file's events. */
  #listeners(slot: number): ReferenceTask[] {
    return [...this.tasks.values()].filter((task) => task.relevant.has(slot) && !task.done.has(slot));
  }

  #isTracked(slot: number): boolean {
    return [...this.tasks.values()].some((task) => task.relevant.has(slot));
  }

  #forgetUnwanted(): void {
    for (const [slot, file] of this.files.entries()) {
      if (this.#isTracked(slot)) continue;
      file.pages.clear();
      file.foliosUnknown = false;
      file.snapshotNs = 0;
    }
  }

  /** What the task was told before stays told; as events it gets what is cached now. */
  #beginAnew(slot: number, task: ReferenceTask): void {
    const told = task.told.get(slot) ?? { exists: new Set(), modified: new Set(), events: new Map() };
    for (const [page, { modified }] of this.files[slot].pages) {
      const events = (PageEvent.ADDED | (modified ? PageEvent.DIRTY : 0)) & task.mask;
      if (events !== 0) told.events.set(page, events);
    }
    task.told.set(slot, told);
    this.#review(slot, task);
  }

  #happened(slot: number, page: number, event: number): void {
    for (const task of this.#listeners(slot)) {
      if ((task.mask & event) === 0) continue;
      const { events } = task.told.get(slot) as Told;
      const waiting = events.get(page) ?? 0;
      if (waiting & event) task.counters.merged++;
      events.set(page, waiting | event);
      this.#queue(slot, page, task);
    }
  }

  /** A state of the page is about to become its opposite: for who was not told of the last change, the two cancel out. */
  #flip(slot: number, page: number, state: number, change: () => void): void {
    const listeners = this.#listeners(slot).filter((task) => task.mask & state);
    for (const task of listeners) if (this.#bits(slot, page, task).changed & state) task.counters.merged++;
    change();
    for (const task of listeners) this.#queue(slot, page, task);
  }

  /** What the task has not been told of the page. */
  #bits(slot: number, page: number, task: ReferenceTask): PagePending {
    const told = task.told.get(slot);
    if (told === undefined || task.done.has(slot)) return { events: 0, changed: 0 };
    // Of a file that is not the task's, nothing exists for it.
    const state = task.relevant.has(slot) ? this.files[slot].pages.get(page) : undefined;
    let events = told.events.get(page) ?? 0;
    let changed = 0;
    if (task.mask & PageEvent.EXISTS && (state !== undefined) !== told.exists.has(page)) {
      changed |= PageEvent.EXISTS;
      if (state !== undefined) events |= PageEvent.EXISTS;
    }
    if (task.mask & PageEvent.MODIFIED && (state?.modified === true) !== told.modified.has(page)) {
      changed |= PageEvent.MODIFIED;
      if (state?.modified === true) events |= PageEvent.MODIFIED;
    }
    return { events, changed };
  }

  /** Pages of the file that the task may have to be told of. */
  #pagesOf(slot: number, task: ReferenceTask): Set<number> {
    const told = task.told.get(slot);
    if (told === undefined) return new Set();
    return new Set([...this.files[slot].pages.keys(), ...told.exists, ...told.modified, ...told.events.keys()]);
  }

  /** Brings the page's chunk up to date in the task's queue. */
  #queue(slot: number, page: number, task: ReferenceTask): void {
    const key = chunkOf(slot, page);
    const { events, changed } = this.#bits(slot, page, task);
    let chunk = task.waiting.get(key);
    if ((events | changed) === 0) {
      chunk?.pages.delete(page);
      return;
    }
    if (chunk === undefined) task.waiting.set(key, (chunk = { first: this.#step, since: this.#step, pages: new Set() }));
    else if (chunk.pages.size === 0) chunk.since = this.#step;
    chunk.pages.add(page);
  }

  /** Brings the whole file up to date in the task's queue. */
  #review(slot: number, task: ReferenceTask): void {
    for (const [key, { pages }] of task.waiting) if (key.startsWith(`${slot}:`)) pages.clear();
    for (const page of this.#pagesOf(slot, task)) this.#queue(slot, page, task);
  }

  #isLate(slot: number, timeNs: number): boolean {
    return timeNs < this.files[slot].snapshotNs;
  }

  /** `onlyNews`: those who want events are told only of what was not known. */
  #noteCut(slot: number, index: number, pages: number): void {
    const file = this.files[slot];
    const cut = [index, index + pages].some((page) => file.pages.get(page)?.head === false);
    if (cut || pages === 0) file.foliosUnknown = true;
  }

  #enter(slot: number, page: number, head: boolean, fromDisk: boolean, onlyNews: boolean): void {
    const { pages } = this.files[slot];
    const state = pages.get(page);
    // What comes is clean: that it had left was lost.
    if (state?.modified && !onlyNews) this.#clean(slot, page);
    if (state === undefined) this.#flip(slot, page, PageEvent.EXISTS, () => pages.set(page, { modified: false, fromDisk, head }));
    else state.head = head;
    if (!onlyNews || state === undefined) this.#happened(slot, page, PageEvent.ADDED);
  }

  #leave(slot: number, page: number, onlyNews: boolean): void {
    const { pages } = this.files[slot];
    const state = pages.get(page);
    if (state?.modified) this.#flip(slot, page, PageEvent.MODIFIED, () => (state.modified = false));
    if (state !== undefined) this.#flip(slot, page, PageEvent.EXISTS, () => pages.delete(page));
    if (!onlyNews || state !== undefined) this.#happened(slot, page, PageEvent.REMOVED);
  }

  #soil(slot: number, page: number, onlyNews: boolean): void {
    const state = this.files[slot].pages.get(page) as PageState;
    const news = !state.modified;
    if (news) this.#flip(slot, page, PageEvent.MODIFIED, () => (state.modified = true));
    state.fromDisk = false;
    if (!onlyNews || news) this.#happened(slot, page, PageEvent.DIRTY);
  }

  #clean(slot: number, page: number): void {
    const state = this.files[slot].pages.get(page) as PageState;
    this.#flip(slot, page, PageEvent.MODIFIED, () => (state.modified = false));
    this.#happened(slot, page, PageEvent.FLUSHED);
  }

  #mayBeDirtied(slot: number): void {
    this.files[slot].maybeDirtied = true;
    this.#distrust(slot);
  }

  #distrust(slot: number): void {
    for (const state of this.files[slot].pages.values()) state.fromDisk = false;
  }
}

/** Names a chunk in a task's queue. */
export function chunkOf(slot: number, page: number): string {
  return `${slot}:${Math.floor(page / CHUNK_PAGES)}`;
}

function set(all: Set<number>, page: number, member: boolean): void {
  if (member) all.add(page);
  else all.delete(page);
}

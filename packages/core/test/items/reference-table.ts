import { PageEvent } from '../../src/model/index.js';
import type { Snapshot } from '../../src/items/index.js';

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
  readonly relevant: Set<number>;
  readonly done: Set<number>;
  readonly told: Map<number, Told>;
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

  addFile(dev: number, ino: number): number {
    const twins = this.#slotsOf(dev, ino);
    for (const twin of twins) {
      if (!this.#isTracked(twin)) continue;
      this.#distrust(twin);
      this.stale.add(twin);
    }
    const lastEventNs = twins.length === 0 ? 0 : this.files[twins[0]].lastEventNs;
    return this.files.push({ dev, ino, pages: new Map(), foliosUnknown: false, lastEventNs, snapshotNs: 0 }) - 1;
  }

  register(id: number, mask: number): void {
    this.tasks.set(id, { mask, relevant: new Set(), done: new Set(), told: new Map() });
  }

  unregister(id: number): void {
    this.tasks.delete(id);
    this.#forgetUnwanted();
  }

  setRelevant(slot: number, id: number, relevant: boolean): void {
    const task = this.#task(id);
    if (relevant === task.relevant.has(slot)) return;
    if (relevant) {
      task.relevant.add(slot);
      this.#beginAnew(slot, task);
    } else {
      task.relevant.delete(slot);
      this.#forgetUnwanted();
    }
  }

  setDone(slot: number, id: number): void {
    this.#task(id).done.add(slot);
  }

  resetDone(slot: number, id: number): void {
    const task = this.#task(id);
    if (task.done.delete(slot)) this.#beginAnew(slot, task);
  }

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    for (let page = index; page < index + pages; page++) this.#enter(slot, page, page === index, true, late);
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    this.invalidated(dev, ino, index, pages, timeNs);
    for (let page = index; page < index + pages; page++) this.#leave(slot, page, late);
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot === -1) return;
    const file = this.files[slot];
    const cut = [index, index + pages].some((page) => file.pages.get(page)?.head === false);
    if (cut || pages === 0) file.foliosUnknown = true;
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot !== -1) this.stale.add(slot);
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot === -1) return;
    const late = this.#isLate(slot, timeNs);
    const { pages, foliosUnknown } = this.files[slot];
    if (foliosUnknown || pages.get(index)?.head !== true) {
      this.#distrust(slot);
      this.stale.add(slot);
    }
    if (!pages.has(index)) {
      if (!late) this.#happened(slot, index, PageEvent.DIRTY);
      return;
    }
    for (let page = index; pages.has(page) && (page === index || !pages.get(page)?.head); page++) this.#soil(slot, page, late);
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, timeNs);
    if (slot === -1) return;
    for (const [page, state] of this.files[slot].pages) {
      if (page >= index && page < index + pages && state.modified) this.#clean(slot, page);
    }
  }

  applySnapshot(slot: number, snapshot: Snapshot): boolean {
    const file = this.files[slot];
    if (file.lastEventNs >= snapshot.probedNs) return false;
    if (!this.#isTracked(slot) || file.snapshotNs > snapshot.probedNs) return true;
    file.snapshotNs = snapshot.probedNs;
    if (snapshot.changed) this.#distrust(slot);
    const found = new Map<number, boolean>();
    for (let i = 0; i < snapshot.runs.length; i += 3) {
      for (let n = 0; n < snapshot.runs[i + 1]; n++) found.set(snapshot.runs[i] + n, snapshot.runs[i + 2] !== 0);
    }
    for (const page of file.pages.keys()) if (!found.has(page)) this.#leave(slot, page, true);
    for (const [page, dirty] of found) {
      if (!file.pages.has(page)) {
        this.#enter(slot, page, true, snapshot.fromDisk, true);
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
    for (const slot of task.relevant) {
      const told = task.told.get(slot);
      if (task.done.has(slot) || told === undefined) continue;
      const { pages } = this.files[slot];
      for (const page of new Set([...pages.keys(), ...told.exists, ...told.modified, ...told.events.keys()])) {
        let events = told.events.get(page) ?? 0;
        let changed = 0;
        const exists = pages.has(page);
        const modified = pages.get(page)?.modified ?? false;
        if (task.mask & PageEvent.EXISTS && exists !== told.exists.has(page)) {
          changed |= PageEvent.EXISTS;
          if (exists) events |= PageEvent.EXISTS;
        }
        if (task.mask & PageEvent.MODIFIED && modified !== told.modified.has(page)) {
          changed |= PageEvent.MODIFIED;
          if (modified) events |= PageEvent.MODIFIED;
        }
        if ((events | changed) !== 0) all.set(`${slot}:${page}`, { events, changed });
      }
    }
    return all;
  }

  /** The task was told of this page. */
  fetched(id: number, slot: number, page: number): void {
    const told = this.#task(id).told.get(slot) as Told;
    const state = this.files[slot].pages.get(page);
    told.events.delete(page);
    set(told.exists, page, state !== undefined);
    set(told.modified, page, state?.modified === true);
  }

  count(slot: number, index: number, pages: number, which: (page: PageState) => boolean): number {
    let count = 0;
    for (const [page, state] of this.files[slot].pages) if (page >= index && page < index + pages && which(state)) count++;
    return count;
  }

  /** Chunks of 64 pages that hold a resident page. */
  get residentChunks(): number {
    const chunks = new Set<string>();
    for (const [slot, { pages }] of this.files.entries()) for (const page of pages.keys()) chunks.add(`${slot}:${Math.floor(page / 64)}`);
    return chunks.size;
  }

  #task(id: number): ReferenceTask {
    return this.tasks.get(id) as ReferenceTask;
  }

  #slotsOf(dev: number, ino: number): number[] {
    return [...this.files.keys()].filter((slot) => this.files[slot].dev === dev && this.files[slot].ino === ino);
  }

  #slotOf(dev: number, ino: number, timeNs: number): number {
    const slots = this.#slotsOf(dev, ino);
    for (const slot of slots) this.files[slot].lastEventNs = timeNs;
    if (slots.length === 1) return this.#isTracked(slots[0]) ? slots[0] : -1;
    for (const slot of slots) if (this.#isTracked(slot)) this.stale.add(slot);
    return -1;
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

  /** The task knows nothing of the file: as events it gets what is cached now. */
  #beginAnew(slot: number, task: ReferenceTask): void {
    const told: Told = { exists: new Set(), modified: new Set(), events: new Map() };
    for (const [page, { modified }] of this.files[slot].pages) {
      const events = (PageEvent.ADDED | (modified ? PageEvent.DIRTY : 0)) & task.mask;
      if (events !== 0) told.events.set(page, events);
    }
    task.told.set(slot, told);
  }

  #happened(slot: number, page: number, event: number): void {
    for (const task of this.tasks.values()) {
      if (!task.relevant.has(slot) || task.done.has(slot) || (task.mask & event) === 0) continue;
      const { events } = task.told.get(slot) as Told;
      events.set(page, (events.get(page) ?? 0) | event);
    }
  }

  #isLate(slot: number, timeNs: number): boolean {
    return timeNs < this.files[slot].snapshotNs;
  }

  /** `onlyNews`: those who want events are told only of what was not known. */
  #enter(slot: number, page: number, head: boolean, fromDisk: boolean, onlyNews: boolean): void {
    const { pages } = this.files[slot];
    const state = pages.get(page);
    if (state === undefined) pages.set(page, { modified: false, fromDisk, head });
    else state.head = head;
    if (!onlyNews || state === undefined) this.#happened(slot, page, PageEvent.ADDED);
  }

  #leave(slot: number, page: number, onlyNews: boolean): void {
    const known = this.files[slot].pages.delete(page);
    if (!onlyNews || known) this.#happened(slot, page, PageEvent.REMOVED);
  }

  #soil(slot: number, page: number, onlyNews: boolean): void {
    const state = this.files[slot].pages.get(page) as PageState;
    if (!onlyNews || !state.modified) this.#happened(slot, page, PageEvent.DIRTY);
    state.modified = true;
    state.fromDisk = false;
  }

  #clean(slot: number, page: number): void {
    (this.files[slot].pages.get(page) as PageState).modified = false;
    this.#happened(slot, page, PageEvent.FLUSHED);
  }

  #distrust(slot: number): void {
    for (const state of this.files[slot].pages.values()) state.fromDisk = false;
  }
}

function set(all: Set<number>, page: number, member: boolean): void {
  if (member) all.add(page);
  else all.delete(page);
}

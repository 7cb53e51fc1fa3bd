import { PageEvent } from '../model/index.js';
import type { PageSink } from '../model/index.js';
import { CHUNK_PAGES, ChunkTable, EXISTS, FROM_DISK, HEAD, MODIFIED, WORDS_PER_CHUNK } from './chunk-table.js';
import { fetchRuns, meanings } from './fetch-runs.js';
import type { RunVisitor } from './fetch-runs.js';
import { FileSlots } from './file-slots.js';
import { chunkNumber, PAGE_IN_CHUNK, wordMask } from './page-masks.js';
import { Pending, PENDING } from './pending.js';
import { RunBits } from './run-bits.js';
import { UnknownInodes } from './unknown-inodes.js';

/** What the item table asks of its owner. */
export interface ItemTableListener {
  /** An event of an inode that has no slot. */
  unknownInode(dev: number, ino: number): void;
  /** The table can't tell the state of the file's pages any more: probe it and call `applySnapshot`. */
  stale(slot: number): void;
  /** A file that a task is done with may have changed. */
  suspect(slot: number): void;
  /** Events were lost: whatever was tracked may be wrong. */
  lost(events: number): void;
}

/** Where a probe found pages resident, and how far it can be trusted. */
export interface Snapshot {
  /** CLOCK_MONOTONIC nanoseconds before the state was read. */
  readonly probedNs: number;
  /** Flat, three numbers a run: first page, pages, 1 if dirty else 0. */
  readonly runs: ArrayLike<number>;
  /** Pages found for the first time came from the disk: the file did not change since a moment at which they were not cached. */
  readonly fromDisk: boolean;
  /** The file changed since it was last looked at: what was known about where its pages came from no longer holds. */
  readonly changed: boolean;
}

/**
 * Counters of one task, in pages but for the last. What a probe finds is no
 * event, and is not counted as seen or filtered. Where files share a number,
 * an event counts once, as if it were of the one that the task gets.
 */
export interface TaskCounters {
  /** Events of files that the task gets: the pages of a folio that came or went, one for a folio that became dirty, pages that were flushed. */
  seen: number;
  /** Events of files that are not relevant to the task, or done; flushed pages are not among them. */
  filtered: number;
  /** Changes that joined, or took back, one that was not fetched yet. */
  merged: number;
  /** Runs fetched. */
  fetched: number;
}

interface Task {
  readonly bit: number;
  readonly mask: number;
  readonly stateExists: boolean;
  readonly stateModified: boolean;
  readonly pending: Pending;
  readonly meaning: Uint8Array;
  readonly counters: TaskCounters;
}

const NONE = -1;
/** Tasks that the bit columns have room for: eight for users, and the planner's own. */
export const TASK_BITS = 16;

/**
 * One copy of the page states for all tasks, and what each task has not
 * fetched yet.
 *
 * Pure: no kernel, no clock. Events come in the order of time; state read by
 * probing comes as snapshots, which give way to events that are younger.
 *
 * Where several files may have an inode number, an event does not say whose it
 * is. It changes nothing there: all who may be meant are to be probed, and
 * tasks are told what snapshots show, as events or as states.
 */
export class ItemTable implements PageSink {
  readonly files = new FileSlots();
  readonly #chunks = new ChunkTable();
  readonly #runBits = new RunBits();
  readonly #tasks: (Task | undefined)[] = [];
  #active: Task[] = [];
  readonly #listener: ItemTableListener;
  readonly #unknown = new UnknownInodes();
  /** Superblocks whose inode numbers are not unique. */
  readonly #sharing = new Set<number>();
  /** Bits of the tasks that want REMOVED as an event. */
  #wantRemoved = 0;
  /** Chunks that a task let go of: looked at when no list of chunks is being walked. */
  readonly #idle: number[] = [];
  /** CLOCK_MONOTONIC nanoseconds before which events were lost. */
  #lostNs = 0;
  #lastSlot = NONE;
  #lastNumber = NONE;
  #lastChunk = NONE;

  constructor(listener: ItemTableListener) {
    this.#listener = listener;
  }

  /** Chunks of 64 pages in use. */
  get chunks(): number {
    return this.#chunks.live;
  }

  /** Adds a task and gives its number; files become known to it with `setRelevant`. */
  register(mask: number): number {
    let id = this.#tasks.findIndex((task) => task === undefined);
    if (id === -1) id = this.#tasks.length;
    if (id >= TASK_BITS) throw new RangeError(`no room for more than ${TASK_BITS} tasks`);
    const states = { stateExists: (mask & PageEvent.EXISTS) !== 0, stateModified: (mask & PageEvent.MODIFIED) !== 0 };
    this.#tasks[id] = {
      bit: 1 << id,
      mask,
      ...states,
      meaning: meanings(states),
      pending: new Pending((chunk) => this.#idle.push(chunk)),
      counters: { seen: 0, filtered: 0, merged: 0, fetched: 0 },
    };
    this.#activate();
    return id;
  }

  /** Forgets the task and all its bits. */
  unregister(id: number): void {
    const task = this.#task(id);
    this.#tasks[id] = undefined;
    this.#activate();
    if (this.#active.length === 0) {
      this.#forgetAll();
      return;
    }
    while (task.pending.length > 0) task.pending.shift();
    const { seen, relevant, done, length } = this.files;
    for (let slot = 0; slot < length; slot++) {
      seen[slot] &= ~task.bit;
      relevant[slot] &= ~task.bit;
      if (done[slot] !== 0) done[slot] &= ~task.bit;
      if (relevant[slot] === 0) this.#forgetPages(slot);
    }
    this.#sweepIdle();
  }

  /**
   * Gives a file with that inode number a slot. Events that came before it had
   * one make snapshots from before them stale. If another file has a slot with
   * that number already, the superblock shares its numbers.
   */
  addFile(dev: number, ino: number): number {
    const { files } = this;
    const twin = files.find(dev, ino);
    if (twin !== NONE) this.shareNumbers(dev);
    const slot = files.add(dev, ino, twin);
    const lastEventNs = twin === NONE ? this.#unknown.lastNs(dev, ino) : files.lastEventNs[twin];
    if (lastEventNs !== 0) files.lastEventNs[slot] = lastEventNs;
    return slot;
  }

  /**
   * The inode is another file's now, and no task wants the old one any more:
   * gives the slot of the new one. It is not the old one as long as a task has
   * to be told that pages of the old file are gone.
   */
  replaceFile(old: number): number {
    const { files } = this;
    if (files.firstChunk(old) !== NONE) return files.replace(old);
    files.seen[old] = 0;
    files.held[old] = 0;
    return old;
  }

  /** The file is gone: frees its slot. False as long as a task wants the file, or has to be told that its pages are gone. */
  removeFile(slot: number): boolean {
    const { files } = this;
    if (files.relevant[slot] !== 0 || files.firstChunk(slot) !== NONE) return false;
    // It may come back, looked at before its last event.
    this.#unknown.note(files.dev[slot], files.ino(slot), files.lastEventNs[slot]);
    files.remove(slot);
    return true;
  }

  /**
   * Files of that superblock may have the same inode number, as in btrfs's
   * subvolumes: from now on its events change nothing, and what they may be
   * about is to be probed. So is all that was known: events applied before may
   * have been other files'.
   */
  shareNumbers(dev: number): void {
    if (this.#sharing.has(dev)) return;
    this.#sharing.add(dev);
    const { files } = this;
    for (let slot = 0; slot < files.length; slot++) {
      if (files.dev[slot] !== dev || files.relevant[slot] === 0) continue;
      this.#mayBeDirtied(slot);
      this.#listener.stale(slot);
    }
  }

  counters(id: number): Readonly<TaskCounters> {
    return this.#task(id).counters;
  }

  /** Chunks with something to fetch. */
  waiting(id: number): number {
    return this.#task(id).pending.length;
  }

  isSeen(slot: number, id: number): boolean {
    return (this.files.seen[slot] & (1 << id)) !== 0;
  }

  isRelevant(slot: number, id: number): boolean {
    return (this.files.relevant[slot] & (1 << id)) !== 0;
  }

  isDone(slot: number, id: number): boolean {
    return (this.files.done[slot] & (1 << id)) !== 0;
  }

  /**
   * Decides whether the task gets the file's events. When it does, what is
   * cached now is reported to it; when it does no longer, pages that it was
   * told of by state are reported as gone. The pages of a file that no task
   * wanted so far are not known: apply a snapshot.
   */
  setRelevant(slot: number, id: number, relevant: boolean): void {
    const task = this.#task(id);
    const { files } = this;
    files.seen[slot] |= task.bit;
    const was = files.relevant[slot];
    if (relevant === ((was & task.bit) !== 0)) return;
    if (relevant) {
      files.relevant[slot] = was | task.bit;
      this.#report(slot, task);
      return;
    }
    files.relevant[slot] = was & ~task.bit;
    if (files.done[slot] & task.bit) this.#dropPending(slot, task);
    else this.#takeBack(slot, task);
    if (files.relevant[slot] === 0) this.#forgetPages(slot);
  }

  /** Forgets that relevance was decided: it is decided anew when the file is met again. */
  forgetSeen(slot: number, id: number): void {
    this.files.seen[slot] &= ~(1 << id);
  }

  /** Marks the file as done: the task gets no more of its events, not even those that wait. */
  setDone(slot: number, id: number): void {
    const task = this.#task(id);
    if (this.files.done[slot] & task.bit) return;
    this.files.done[slot] |= task.bit;
    this.#dropPending(slot, task);
  }

  /** Takes the mark back; what is cached now is reported as at registration. */
  resetDone(slot: number, id: number): void {
    const task = this.#task(id);
    if ((this.files.done[slot] & task.bit) === 0) return;
    this.files.done[slot] &= ~task.bit;
    if (this.files.relevant[slot] & task.bit) this.#report(slot, task);
  }

  added(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, pages, timeNs);
    if (slot !== NONE) this.#addPages(slot, index, pages, this.#isLate(slot, timeNs), false);
  }

  addedSingly(dev: number, ino: number, index: number, pages: number, firstNs: number, lastNs: number): void {
    const slot = this.#slotOf(dev, ino, pages, lastNs);
    // If a snapshot shows the first of them, those that it does not show are new all the same.
    if (slot !== NONE) this.#addPages(slot, index, pages, this.#isLate(slot, firstNs), true);
  }

  removed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, pages, timeNs);
    if (slot === NONE) return;
    const late = this.#isLate(slot, timeNs);
    this.#noteCut(slot, index, pages);
    // Pages that were not known have left as well: who wants events is told.
    const anyPage = !late && (this.#wanted(slot) & this.#wantRemoved) !== 0;
    for (let page = index, left = pages; left > 0; ) {
      const from = page & PAGE_IN_CHUNK;
      const count = Math.min(left, CHUNK_PAGES - from);
      const number = chunkNumber(page);
      const chunk = anyPage ? this.#chunkOf(slot, number) : this.#find(slot, number);
      if (chunk !== NONE) {
        for (let half = from >> 5; half <= (from + count - 1) >> 5; half++) {
          const bits = wordMask(from, count, half);
          this.#leave(slot, chunk, half, anyPage ? bits : bits & this.#chunks.words[chunk * WORDS_PER_CHUNK + EXISTS + half]);
        }
        this.#releaseIfIdle(chunk);
      }
      page += count;
      left -= count;
    }
    this.#sweepIdle();
  }

  dirtied(dev: number, ino: number, index: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 1, timeNs);
    if (slot === NONE) {
      if (this.#sharing.has(dev)) this.#anyMayBeDirtied(dev, ino);
      return;
    }
    if ((this.files.relevant[slot] & this.files.done[slot]) !== 0) this.#listener.suspect(slot);
    const late = this.#isLate(slot, timeNs);
    let number = chunkNumber(index);
    let chunk = this.#find(slot, number);
    let from = index & PAGE_IN_CHUNK;
    const known = chunk !== NONE && this.#bit(chunk, EXISTS, from);
    if (!known || this.files.foliosUnknown[slot] || !this.#bit(chunk, HEAD, from)) {
      // The folio's length is not known (found by probing, or split since): other pages may be dirty as well.
      this.#distrust(slot);
      this.#listener.stale(slot);
    }
    if (!known) {
      if (late) return;
      // A page that becomes dirty is in the cache.
      chunk = this.#chunkOf(slot, number);
      const half = from >> 5;
      const bit = 1 << (from & 31);
      this.#chunks.words[chunk * WORDS_PER_CHUNK + HEAD + half] |= bit;
      this.#enter(slot, chunk, half, bit, bit);
    }
    // The folio goes on until another one starts or a page is missing.
    for (let first = true; chunk !== NONE; first = false) {
      for (; from < CHUNK_PAGES; from++, first = false) {
        if (!this.#bit(chunk, EXISTS, from) || (!first && this.#bit(chunk, HEAD, from))) return;
        if (!late || !this.#bit(chunk, MODIFIED, from)) this.#soil(slot, chunk, from >> 5, 1 << (from & 31));
      }
      from = 0;
      chunk = this.#find(slot, ++number);
    }
  }

  flushed(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot === NONE) return;
    // Folios are flushed as a whole, and where one was cut ext4 may go on to count the rest as dirty.
    if (this.files.foliosUnknown[slot]) this.#listener.stale(slot);
    const end = index + pages;
    if (pages > CHUNK_PAGES * 16) {
      for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
        const start = this.#chunks.number(chunk) * CHUNK_PAGES;
        this.#cleanRange(slot, chunk, Math.max(index - start, 0), Math.min(end - start, CHUNK_PAGES));
      }
      return;
    }
    for (let number = chunkNumber(index); number * CHUNK_PAGES < end; number++) {
      const chunk = this.#find(slot, number);
      const start = number * CHUNK_PAGES;
      if (chunk !== NONE) this.#cleanRange(slot, chunk, Math.max(index - start, 0), Math.min(end - start, CHUNK_PAGES));
    }
  }

  invalidated(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot !== NONE) this.#noteCut(slot, index, pages);
  }

  unsure(dev: number, ino: number, timeNs: number): void {
    const slot = this.#slotOf(dev, ino, 0, timeNs);
    if (slot !== NONE) this.#listener.stale(slot);
  }

  lost(events: number, timeNs: number): void {
    this.#lostNs = Math.max(this.#lostNs, timeNs);
    const { files } = this;
    // Any folio may have been split, or another one taken its place: a probe would show the same pages.
    for (let slot = 0; slot < files.length; slot++) if (files.foliosUnknown[slot] === 0 && this.#hasPages(slot)) files.foliosUnknown[slot] = 1;
    this.#listener.lost(events);
  }

  /**
   * Makes the file's pages what a probe found, and tells tasks the difference.
   * False, and nothing done, if the file had an event since the probe began, or
   * may have had one that was lost: probe again. One that is older than what
   * was applied last changes nothing.
   */
  applySnapshot(slot: number, snapshot: Snapshot): boolean {
    const { files } = this;
    if (Math.max(files.lastEventNs[slot], this.#lostNs) >= snapshot.probedNs) return false;
    if (files.relevant[slot] === 0 || snapshot.probedNs < files.snapshotNs[slot]) return true;
    files.snapshotNs[slot] = snapshot.probedNs;
    if (snapshot.changed || files.maybeDirtied[slot]) this.#distrust(slot);
    const fromDisk = snapshot.fromDisk && !files.maybeDirtied[slot];
    files.maybeDirtied[slot] = 0;
    const found = this.#runBits.take(snapshot.runs);
    for (let chunk = files.firstChunk(slot), next = NONE; chunk !== NONE; chunk = next) {
      next = this.#chunks.next[chunk];
      const bits = found.get(this.#chunks.number(chunk));
      for (let half = 0; half < 2; half++) {
        const exists = this.#chunks.words[chunk * WORDS_PER_CHUNK + EXISTS + half];
        const gone = exists & ~(bits === undefined ? 0 : bits[half]);
        if (gone !== 0) this.#leave(slot, chunk, half, gone);
      }
      if (bits === undefined) this.#releaseIfIdle(chunk);
    }
    for (const [number, bits] of found) {
      const chunk = this.#chunkOf(slot, number);
      for (let half = 0; half < 2; half++) {
        const at = chunk * WORDS_PER_CHUNK + half;
        const { words } = this.#chunks;
        const fresh = bits[half] & ~words[at + EXISTS];
        const dirty = bits[half + 2];
        if (fresh !== 0) {
          words[at + HEAD] |= fresh;
          files.foliosUnknown[slot] = 1;
          if (fromDisk) words[at + FROM_DISK] |= fresh;
          this.#enter(slot, chunk, half, fresh, fresh);
        }
        const soiled = dirty & ~words[at + MODIFIED];
        if (soiled !== 0) this.#soil(slot, chunk, half, soiled);
        const cleaned = words[at + MODIFIED] & ~dirty;
        if (cleaned !== 0) this.#clean(slot, chunk, half, cleaned);
      }
    }
    this.#sweepIdle();
    return true;
  }

  /**
   * At most `max` runs of pages that the task has not fetched yet go to
   * `visit`; gives their number. With fewer than `max`, nothing is left.
   *
   * What waited longest comes first. The queue is one of chunks of 64 pages: a
   * chunk that has had something to tell without a break since before another
   * one got its first comes before it, and in one piece. In a chunk pages
   * ascend; neighbours with the same bits make one run, also across chunks that
   * follow each other. With a `max` of 64 or more, a chunk that changes all the
   * time does not hold up the others.
   */
  fetch(id: number, max: number, visit: RunVisitor): number {
    const task = this.#task(id);
    const count = fetchRuns(this.#chunks, this.files, task, max, visit);
    task.counters.fetched += count;
    this.#sweepIdle();
    return count;
  }

  /** Resident pages of a range of the file; Infinity as `pages` means to the end. */
  residentPages(slot: number, index: number, pages: number): number {
    return this.#countPages(slot, index, pages, (exists) => exists);
  }

  /** Dirty pages of a range of the file. */
  dirtyPages(slot: number, index: number, pages: number): number {
    return this.#countPages(slot, index, pages, (_exists, modified) => modified);
  }

  /** Resident pages of a range that did not come from the disk, or may not have. */
  untrustedPages(slot: number, index: number, pages: number): number {
    return this.#countPages(slot, index, pages, (exists, _modified, fromDisk) => exists & ~fromDisk);
  }

  /** Which pages of a range exist: runs in ascending order, flat, two numbers each, first page and pages. */
  residentRuns(slot: number, index: number, pages: number): number[] {
    const runs: number[] = [];
    if (this.files.firstChunk(slot) === NONE) return runs;
    const end = index + pages;
    for (let page = index; page < end; ) {
      const number = chunkNumber(page);
      const chunk = this.#chunks.find(slot, number);
      const next = Math.min((number + 1) * CHUNK_PAGES, end);
      if (chunk === NONE) {
        page = next;
        continue;
      }
      for (; page < next; page++) {
        if (!this.#bit(chunk, EXISTS, page & PAGE_IN_CHUNK)) continue;
        if (runs.length > 0 && runs[runs.length - 2] + runs[runs.length - 1] === page) runs[runs.length - 1]++;
        else runs.push(page, 1);
      }
    }
    return runs;
  }

  #hasPages(slot: number): boolean {
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      const at = chunk * WORDS_PER_CHUNK + EXISTS;
      if ((this.#chunks.words[at] | this.#chunks.words[at + 1]) !== 0) return true;
    }
    return false;
  }

  #countPages(slot: number, index: number, pages: number, select: (exists: number, modified: number, fromDisk: number) => number): number {
    let count = 0;
    const end = index + pages;
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      const start = this.#chunks.number(chunk) * CHUNK_PAGES;
      const from = Math.max(index - start, 0);
      const to = Math.min(end - start, CHUNK_PAGES);
      for (let half = 0; half < 2 && from < to; half++) {
        const at = chunk * WORDS_PER_CHUNK + half;
        const { words } = this.#chunks;
        const chosen = select(words[at + EXISTS], words[at + MODIFIED], words[at + FROM_DISK]);
        count += popCount(chosen & wordMask(from, to - from, half));
      }
    }
    return count;
  }

  #activate(): void {
    this.#active = this.#tasks.filter((task) => task !== undefined);
    this.#wantRemoved = this.#active.reduce((all, task) => (task.mask & PageEvent.REMOVED ? all | task.bit : all), 0);
  }

  /** Whether a snapshot that was applied shows what the event did: who wants events was told of it then. */
  #isLate(slot: number, timeNs: number): boolean {
    return timeNs < this.files.snapshotNs[slot];
  }

  /** Bits of the tasks that get the file's events. */
  #wanted(slot: number): number {
    return this.files.relevant[slot] & ~this.files.done[slot];
  }

  #task(id: number): Task {
    const task = this.#tasks[id];
    if (task === undefined) throw new RangeError(`there is no task ${id}`);
    return task;
  }

  /** Slot that an event belongs to, or -1 if nobody is to get it, or nobody knows whose it is. */
  #slotOf(dev: number, ino: number, pages: number, timeNs: number): number {
    const { files } = this;
    const slot = files.find(dev, ino);
    if (slot === NONE) {
      this.#unknown.note(dev, ino, timeNs);
      this.#listener.unknownInode(dev, ino);
      return NONE;
    }
    // Nearly everywhere there is none, which is quicker to see.
    if (this.#sharing.size !== 0 && this.#sharing.has(dev)) {
      this.#askWhose(slot, pages, timeNs);
      return NONE;
    }
    files.lastEventNs[slot] = timeNs;
    this.#count(this.#wanted(slot), pages);
    return files.relevant[slot] === 0 ? NONE : slot;
  }

  /** Has all files of a number probed that may be meant by an event; it may as well be of one that nobody has met yet, or that is gone. */
  #askWhose(first: number, pages: number, timeNs: number): void {
    const { files } = this;
    let wanted = 0;
    for (let slot = first; slot !== NONE; slot = files.twin(slot)) {
      files.lastEventNs[slot] = timeNs;
      wanted |= this.#wanted(slot);
      if (files.relevant[slot] !== 0) this.#listener.stale(slot);
    }
    this.#count(wanted, pages);
  }

  /** A page of one of the files with that number became dirty. */
  #anyMayBeDirtied(dev: number, ino: number): void {
    const { files } = this;
    for (let slot = files.find(dev, ino); slot !== NONE; slot = files.twin(slot)) {
      this.#mayBeDirtied(slot);
      if ((files.relevant[slot] & files.done[slot]) !== 0) this.#listener.suspect(slot);
    }
  }

  /** Until the file is probed, no page of it is taken for the disk's: which ones became dirty is not known, and no probe will tell of those that are clean again. */
  #mayBeDirtied(slot: number): void {
    const { maybeDirtied } = this.files;
    // Nothing has been trusted since it was set.
    if (maybeDirtied[slot]) return;
    maybeDirtied[slot] = 1;
    this.#distrust(slot);
  }

  #count(wanted: number, pages: number): void {
    const active = this.#active;
    for (let i = 0; i < active.length; i++) {
      if (wanted & active[i].bit) active[i].counters.seen += pages;
      else active[i].counters.filtered += pages;
    }
  }

  /** Pages entered the cache: as one folio, or each of them as one of its own. */
  #addPages(slot: number, index: number, pages: number, late: boolean, single: boolean): void {
    for (let page = index, left = pages; left > 0; ) {
      const from = page & PAGE_IN_CHUNK;
      const chunk = this.#chunkOf(slot, chunkNumber(page));
      const count = Math.min(left, CHUNK_PAGES - from);
      for (let half = from >> 5, last = (from + count - 1) >> 5; half <= last; half++) {
        const bits = wordMask(from, count, half);
        const at = chunk * WORDS_PER_CHUNK + half;
        const { words } = this.#chunks;
        if (single) words[at + HEAD] |= bits;
        else words[at + HEAD] &= ~bits;
        if (page === index && from >> 5 === half) words[at + HEAD] |= 1 << (from & 31);
        const fresh = bits & ~words[at + EXISTS];
        words[at + FROM_DISK] |= fresh;
        // What comes is clean: that it had left was lost. A probe that finds it dirty again is news then.
        const soiled = bits & words[at + MODIFIED];
        if (soiled !== 0 && !late) this.#clean(slot, chunk, half, soiled);
        this.#enter(slot, chunk, half, late ? fresh : bits, fresh);
      }
      page += count;
      left -= count;
    }
    this.#sweepIdle();
  }

  #enter(slot: number, chunk: number, half: number, bits: number, fresh: number): void {
    this.#chunks.words[chunk * WORDS_PER_CHUNK + EXISTS + half] |= bits;
    const wanted = this.#wanted(slot);
    for (const task of this.#active) {
      if ((wanted & task.bit) === 0) continue;
      if (task.stateExists) this.#toggle(task, chunk, PENDING.ENTER + half, fresh);
      else if (task.mask & PageEvent.ADDED) this.#set(task, chunk, PENDING.ENTER + half, bits);
    }
  }

  #leave(slot: number, chunk: number, half: number, bits: number): void {
    const at = chunk * WORDS_PER_CHUNK + half;
    const { words } = this.#chunks;
    const gone = bits & words[at + EXISTS];
    const dirty = bits & words[at + MODIFIED];
    words[at + EXISTS] &= ~bits;
    words[at + MODIFIED] &= ~bits;
    words[at + FROM_DISK] &= ~bits;
    words[at + HEAD] &= ~bits;
    const wanted = this.#wanted(slot);
    for (const task of this.#active) {
      if ((wanted & task.bit) === 0) continue;
      if (task.stateExists) this.#toggle(task, chunk, PENDING.ENTER + half, gone);
      else if (task.mask & PageEvent.REMOVED) this.#set(task, chunk, PENDING.LEAVE + half, bits);
      if (task.stateModified) this.#toggle(task, chunk, PENDING.DIRTY + half, dirty);
    }
  }

  #soil(slot: number, chunk: number, half: number, bits: number): void {
    const at = chunk * WORDS_PER_CHUNK + half;
    const { words } = this.#chunks;
    const fresh = bits & ~words[at + MODIFIED];
    words[at + MODIFIED] |= bits;
    words[at + FROM_DISK] &= ~bits;
    const wanted = this.#wanted(slot);
    for (const task of this.#active) {
      if ((wanted & task.bit) === 0) continue;
      if (task.stateModified) this.#toggle(task, chunk, PENDING.DIRTY + half, fresh);
      else if (task.mask & PageEvent.DIRTY) this.#set(task, chunk, PENDING.DIRTY + half, bits);
    }
  }

  #cleanRange(slot: number, chunk: number, from: number, to: number): void {
    for (let half = 0; half < 2 && from < to; half++) {
      const dirty = this.#chunks.words[chunk * WORDS_PER_CHUNK + MODIFIED + half] & wordMask(from, to - from, half);
      if (dirty === 0) continue;
      this.#countSeen(slot, popCount(dirty));
      this.#clean(slot, chunk, half, dirty);
    }
  }

  #countSeen(slot: number, pages: number): void {
    const wanted = this.#wanted(slot);
    for (const task of this.#active) if (wanted & task.bit) task.counters.seen += pages;
  }

  #clean(slot: number, chunk: number, half: number, bits: number): void {
    this.#chunks.words[chunk * WORDS_PER_CHUNK + MODIFIED + half] &= ~bits;
    const wanted = this.#wanted(slot);
    for (const task of this.#active) {
      if ((wanted & task.bit) === 0) continue;
      if (task.stateModified) this.#toggle(task, chunk, PENDING.DIRTY + half, bits);
      else if (task.mask & PageEvent.FLUSHED) this.#set(task, chunk, PENDING.CLEAN + half, bits);
    }
  }

  /** What differs from what was told: a second change takes the first one back. */
  #toggle(task: Task, chunk: number, plane: number, bits: number): void {
    if (bits === 0) return;
    const block = task.pending.of(chunk);
    const merged = task.pending.words[block + plane] & bits;
    if (merged !== 0) task.counters.merged += popCount(merged);
    task.pending.words[block + plane] ^= bits;
  }

  #set(task: Task, chunk: number, plane: number, bits: number): void {
    if (bits === 0) return;
    const block = task.pending.of(chunk);
    const { words } = task.pending;
    const merged = words[block + plane] & bits;
    if (merged !== 0) task.counters.merged += popCount(merged);
    words[block + plane] |= bits;
  }

  /** Tells the task what is cached now, as at registration. */
  #report(slot: number, task: Task): void {
    if (this.files.done[slot] & task.bit) return;
    const wantsExists = task.stateExists || (task.mask & PageEvent.ADDED) !== 0;
    const wantsDirty = task.stateModified || (task.mask & PageEvent.DIRTY) !== 0;
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      for (let half = 0; half < 2; half++) {
        const at = chunk * WORDS_PER_CHUNK + half;
        // What it was told of, and not yet that it is gone, is not new to it.
        const exists = wantsExists ? this.#chunks.words[at + EXISTS] : 0;
        const modified = wantsDirty ? this.#chunks.words[at + MODIFIED] : 0;
        if ((exists | modified) === 0) continue;
        const block = task.pending.of(chunk);
        task.pending.words[block + PENDING.ENTER + half] ^= exists;
        task.pending.words[block + PENDING.DIRTY + half] ^= modified;
      }
    }
  }

  /** What the task was told of by state is to be told as gone; all else that waits is dropped. */
  #takeBack(slot: number, task: Task): void {
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      for (let half = 0; half < 2; half++) {
        const at = chunk * WORDS_PER_CHUNK + half;
        this.#keepTold(task, chunk, PENDING.ENTER + half, task.stateExists, this.#chunks.words[at + EXISTS]);
        this.#keepTold(task, chunk, PENDING.DIRTY + half, task.stateModified, this.#chunks.words[at + MODIFIED]);
        this.#keepTold(task, chunk, PENDING.LEAVE + half, false, 0);
        this.#keepTold(task, chunk, PENDING.CLEAN + half, false, 0);
      }
    }
  }

  #keepTold(task: Task, chunk: number, plane: number, byState: boolean, state: number): void {
    const block = task.pending.find(chunk);
    const told = byState ? state ^ (block === NONE ? 0 : task.pending.words[block + plane]) : 0;
    if (told === 0 && block === NONE) return;
    // First the place: there may have to be other words for it.
    const at = task.pending.of(chunk) + plane;
    task.pending.words[at] = told;
  }

  #dropPending(slot: number, task: Task): void {
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      const block = task.pending.find(chunk);
      if (block !== NONE) task.pending.words.fill(0, block, block + 8);
    }
  }

  #forgetPages(slot: number): void {
    for (let chunk = this.files.firstChunk(slot), next = NONE; chunk !== NONE; chunk = next) {
      next = this.#chunks.next[chunk];
      this.#chunks.words.fill(0, chunk * WORDS_PER_CHUNK, (chunk + 1) * WORDS_PER_CHUNK);
      this.#releaseIfIdle(chunk);
    }
    const { foliosUnknown, snapshotNs } = this.files;
    if (foliosUnknown[slot] !== 0) foliosUnknown[slot] = 0;
    if (snapshotNs[slot] !== 0) snapshotNs[slot] = 0;
  }

  /** No task is left, and nobody wants any page: all at once, and not one by one. */
  #forgetAll(): void {
    this.files.forgetTasks();
    this.#chunks.clear();
    this.#idle.length = 0;
    this.#remember(NONE, NONE, NONE);
  }

  #distrust(slot: number): void {
    for (let chunk = this.files.firstChunk(slot); chunk !== NONE; chunk = this.#chunks.next[chunk]) {
      const at = chunk * WORDS_PER_CHUNK + FROM_DISK;
      this.#chunks.words[at] = 0;
      this.#chunks.words[at + 1] = 0;
    }
  }

  #bit(chunk: number, plane: number, page: number): boolean {
    return (this.#chunks.words[chunk * WORDS_PER_CHUNK + plane + (page >> 5)] & (1 << (page & 31))) !== 0;
  }

  /** If a folio begins before these pages or goes on behind them, it has been split: into which pieces is not known. */
  #noteCut(slot: number, index: number, pages: number): void {
    if (this.files.foliosUnknown[slot]) return;
    if (pages === 0 || this.#isWithinFolio(slot, index) || this.#isWithinFolio(slot, index + pages)) this.files.foliosUnknown[slot] = 1;
  }

  /** Whether the page belongs to a folio that starts before it. */
  #isWithinFolio(slot: number, page: number): boolean {
    const chunk = this.#find(slot, chunkNumber(page));
    const at = page & PAGE_IN_CHUNK;
    return chunk !== NONE && this.#bit(chunk, EXISTS, at) && !this.#bit(chunk, HEAD, at);
  }

  #find(slot: number, number: number): number {
    if (slot === this.#lastSlot && number === this.#lastNumber) return this.#lastChunk;
    const chunk = this.#chunks.find(slot, number);
    if (chunk !== NONE) this.#remember(slot, number, chunk);
    return chunk;
  }

  #chunkOf(slot: number, number: number): number {
    let chunk = this.#find(slot, number);
    if (chunk === NONE) {
      chunk = this.#chunks.add(slot, number, this.files.firstChunk(slot));
      this.files.setFirstChunk(slot, chunk);
      this.#remember(slot, number, chunk);
    }
    return chunk;
  }

  #remember(slot: number, number: number, chunk: number): void {
    this.#lastSlot = slot;
    this.#lastNumber = number;
    this.#lastChunk = chunk;
  }

  #sweepIdle(): void {
    if (this.#idle.length === 0) return;
    for (let chunk = this.#idle.pop(); chunk !== undefined; chunk = this.#idle.pop()) this.#releaseIfIdle(chunk);
  }

  /** Frees a chunk without pages that no task has anything to fetch of. */
  #releaseIfIdle(chunk: number): void {
    if (!this.#chunks.isLive(chunk)) return;
    const at = chunk * WORDS_PER_CHUNK + EXISTS;
    if (this.#chunks.words[at] !== 0 || this.#chunks.words[at + 1] !== 0) return;
    for (const task of this.#active) if (task.pending.find(chunk) !== NONE) return;
    const slot = this.#chunks.slot[chunk];
    if (this.files.firstChunk(slot) === chunk) this.files.setFirstChunk(slot, this.#chunks.next[chunk]);
    if (chunk === this.#lastChunk) this.#remember(NONE, NONE, NONE);
    this.#chunks.remove(chunk);
  }
}

function popCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

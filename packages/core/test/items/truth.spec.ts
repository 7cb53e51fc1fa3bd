import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PageEvent, eventMask } from '../../src/model/index.js';
import type { EventName, PageSink } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';
import type { Snapshot } from '../../src/items/index.js';

const DEV = 0x700000;
const FILES = 3;
const MASKS: readonly (readonly EventName[])[] = [['exists', 'modified'], ['exists'], ['modified'], ['exists', 'dirty'], ['modified', 'added', 'removed']];

/** All that happens in the cache: each file has a twin that the table never gets to know. */
const INODES = 2 * FILES;

/** Whether inode numbers are each file's own, or shared: from the beginning, with two of the known files too, or as it turns out later. */
type Numbers = 'own' | 'shared' | 'shared later';

const file = fc.nat({ max: FILES - 1 });
const inode = fc.nat({ max: INODES - 1 });
const task = fc.nat({ max: MASKS.length - 1 });
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), inode, at: fc.nat({ max: 300 }), order: fc.nat({ max: 9 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'evict' as const, 'truncate' as const, 'split' as const), inode, at: fc.nat({ max: 600 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const), inode }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), file }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), events: fc.constantFrom(1, 3, Infinity) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'recover' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('look' as const, 'answer' as const), file }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fetch' as const), task, max: fc.constantFrom(1, 5, Infinity) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'reset' as const, 'moveOut' as const, 'moveIn' as const), task, file }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'join' as const), task }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('listen' as const), max: fc.constantFrom(1, 5, Infinity) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('share' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** A folio in the cache; dirty as a whole, as the kernel has it. */
interface Folio {
  readonly index: number;
  readonly pages: number;
  dirty: boolean;
}

/** What a subscriber makes of its items: `exists` and `modified` by page. */
class Subscriber {
  readonly names: readonly EventName[];
  readonly mask: number;
  /** Number in the table; undefined while it is not registered. */
  id: number | undefined;
  readonly exists = Array.from({ length: FILES }, () => new Set<number>());
  readonly modified = Array.from({ length: FILES }, () => new Set<number>());

  constructor(names: readonly EventName[]) {
    this.names = names;
    this.mask = eventMask(names);
  }

  take(slot: number, index: number, pages: number, events: number, changed: number): void {
    for (let page = index; page < index + pages; page++) {
      if (changed & PageEvent.EXISTS) this.#change(this.exists[slot], page, events & PageEvent.EXISTS);
      if (changed & PageEvent.MODIFIED) this.#change(this.modified[slot], page, events & PageEvent.MODIFIED);
    }
  }

  forget(slot: number): void {
    this.exists[slot].clear();
    this.modified[slot].clear();
  }

  #change(known: Set<number>, page: number, now: number): void {
    assert.equal(known.has(page), now === 0, `page ${page} changed to what it was`);
    if (now) known.add(page);
    else known.delete(page);
  }
}

/** What a subscriber makes of events alone: by page, whether it is so, or undefined if opposite events came together. */
class Listener {
  readonly mask = eventMask(['added', 'removed', 'dirty', 'flushed']);
  /** Whether nothing may be told but what differs from what was told. */
  readonly #isExact: boolean;
  readonly #resident = Array.from({ length: FILES }, () => new Map<number, boolean | undefined>());
  readonly #dirty = Array.from({ length: FILES }, () => new Map<number, boolean | undefined>());

  constructor(isExact: boolean) {
    this.#isExact = isExact;
  }

  take(slot: number, index: number, pages: number, events: number): void {
    const cleared = events & (PageEvent.FLUSHED | PageEvent.REMOVED);
    for (let page = index; page < index + pages; page++) {
      this.#change(this.#resident[slot], page, events & PageEvent.ADDED, events & PageEvent.REMOVED);
      // A page that comes is clean, and one that goes need not have been dirty.
      if (cleared === PageEvent.REMOVED && !(events & PageEvent.DIRTY)) this.#dirty[slot].set(page, false);
      else this.#change(this.#dirty[slot], page, events & PageEvent.DIRTY, cleared);
    }
  }

  forget(slot: number): void {
    this.#resident[slot].clear();
    this.#dirty[slot].clear();
  }

  /** Pages of which what was told is not so. */
  wrong(slot: number, what: 'resident' | 'dirty', truth: ReadonlySet<number>): number[] {
    const told = what === 'resident' ? this.#resident[slot] : this.#dirty[slot];
    return [...new Set([...truth, ...told.keys()])].filter((page) => (told.has(page) ? (told.get(page) ?? truth.has(page)) : false) !== truth.has(page));
  }

  #change(known: Map<number, boolean | undefined>, page: number, on: number, off: number): void {
    if (on === 0 && off === 0) return;
    const now = on !== 0 && off !== 0 ? undefined : on !== 0;
    const before = known.has(page) ? known.get(page) : false;
    if (this.#isExact && now !== undefined) assert.notEqual(before, now, `page ${page} became what it was`);
    known.set(page, now);
  }
}

/** A page cache, the events of it on their way, looks at it that are not answered yet, and subscribers who are told. */
class World {
  readonly #folios: Folio[][] = Array.from({ length: INODES }, () => []);
  #events: ((sink: PageSink) => void)[] = [];
  readonly #looks: (Snapshot | undefined)[] = [];
  readonly #stale = new Set<number>();
  readonly #subscribers = MASKS.map((names) => new Subscriber(names));
  readonly #table = new ItemTable({
    unknownInode: () => assert.fail('all are known'),
    stale: (slot) => this.#stale.add(slot),
    suspect: () => undefined,
    lost: () => this.#files.forEach((slot) => this.#stale.add(slot)),
  });
  readonly #files = Array.from({ length: FILES }, (_, slot) => slot);
  readonly #numbers: Numbers;
  readonly #listener: Listener;
  readonly #listenerId: number;
  #now = 1;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#listener = new Listener(numbers === 'shared');
    if (numbers === 'shared') this.#table.shareNumbers(DEV);
    for (const slot of this.#files) this.#table.addFile(DEV, this.#ino(slot));
    for (const one of this.#subscribers) this.#join(one);
    this.#listenerId = this.#table.register(this.#listener.mask);
    for (const slot of this.#files) this.#want(slot, this.#listenerId);
  }

  run(act: Act): void {
    this.#now++;
    switch (act.do) {
      case 'read':
        return this.#read(this.#inode(act.inode), act.at - (act.at % 2 ** act.order), 2 ** act.order);
      case 'write':
        return this.#write(this.#inode(act.inode), act.at);
      case 'evict':
        return this.#evict(this.#inode(act.inode), ({ index, pages, dirty }) => !dirty && act.at >= index && act.at < index + pages);
      case 'truncate':
        return this.#evict(this.#inode(act.inode), ({ index }) => index >= act.at);
      case 'replace':
        // Deleted, and the inode is another file's now.
        this.#evict(act.file, () => true);
        this.#deliver(Infinity);
        for (const { id } of this.#subscribers) if (id !== undefined) this.#meetAnew(id, act.file);
        this.#meetAnew(this.#listenerId, act.file);
        return this.#listener.forget(act.file);
      case 'split':
        return this.#split(this.#inode(act.inode), act.at);
      case 'flush':
        return this.#flush(this.#inode(act.inode));
      case 'deliver':
        return this.#deliver(act.events);
      case 'lose':
        return this.#lose();
      case 'recover':
        this.#lose();
        this.#deliver(Infinity);
        return this.#probe();
      case 'look':
        this.#looks[act.file] = this.#look(act.file);
        return undefined;
      case 'answer':
        return this.#answer(act.file);
      case 'fetch':
        return this.#fetch(this.#subscribers[act.task], act.max);
      case 'listen':
        return this.#listen(act.max);
      case 'share':
        if (this.#numbers === 'shared later') this.#table.shareNumbers(DEV);
        return undefined;
      case 'join':
        return this.#join(this.#subscribers[act.task]);
      case 'leave':
        return this.#leave(this.#subscribers[act.task]);
      default:
        return this.#change(this.#subscribers[act.task], act.file, act.do);
    }
  }

  /** Everything arrives, what has to be probed is: then all who still follow a file know what is so. */
  settle(): void {
    if (this.#numbers === 'shared later') this.#table.shareNumbers(DEV);
    this.#deliver(Infinity);
    for (const slot of this.#files) this.#answer(slot);
    this.#probe();
    this.#listen(Infinity);
    for (const slot of this.#files) {
      if (!this.#table.isRelevant(slot, this.#listenerId)) continue;
      assert.deepEqual(this.#listener.wrong(slot, 'resident', this.#pages(slot, () => true)), [], `events of ${slot}: resident`);
      // As long as other files' events were told, an ADDED may have stood for nothing.
      if (this.#numbers !== 'shared later') assert.deepEqual(this.#listener.wrong(slot, 'dirty', this.#pages(slot, ({ dirty }) => dirty)), [], `events of ${slot}: dirty`);
    }
    for (const one of this.#subscribers) {
      if (one.id === undefined) continue;
      this.#fetch(one, Infinity);
      for (let slot = 0; slot < FILES; slot++) {
        if (this.#table.isDone(slot, one.id)) continue;
        const isIts = this.#table.isRelevant(slot, one.id);
        if (one.mask & PageEvent.EXISTS) assert.deepEqual(one.exists[slot], this.#pages(slot, () => isIts), `${one.names.join()}: exists in ${slot}`);
        if (one.mask & PageEvent.MODIFIED) assert.deepEqual(one.modified[slot], this.#pages(slot, ({ dirty }) => isIts && dirty), `${one.names.join()}: modified in ${slot}`);
      }
    }
  }

  #pages(slot: number, which: (folio: Folio) => boolean): Set<number> {
    return new Set(this.#folios[slot].filter(which).flatMap(({ index, pages }) => Array.from({ length: pages }, (_, i) => index + i)));
  }

  /** The inode's number in events. Twins are as far apart as there are files; if it was known from the beginning, the first two files are some too. */
  #ino(inode: number): number {
    const number = inode % FILES;
    return this.#numbers === 'shared' && number === 1 ? 0 : number;
  }

  /** The inode that something happens to: without twins a file that is known. */
  #inode(inode: number): number {
    return this.#numbers === 'own' ? inode % FILES : inode;
  }

  #read(slot: number, index: number, pages: number): void {
    const taken = this.#folios[slot].some((other) => other.index < index + pages && index < other.index + other.pages);
    if (taken) return;
    this.#folios[slot].push({ index, pages, dirty: false });
    this.#tell((sink, timeNs) => sink.added(DEV, this.#ino(slot), index, pages, timeNs));
  }

  #write(slot: number, page: number): void {
    this.#read(slot, page, 1);
    const folio = this.#folios[slot].find(({ index, pages }) => page >= index && page < index + pages)!;
    if (folio.dirty) return;
    folio.dirty = true;
    this.#tell((sink, timeNs) => sink.dirtied(DEV, this.#ino(slot), folio.index, timeNs));
  }

  #evict(slot: number, which: (folio: Folio) => boolean): void {
    const gone = this.#folios[slot].filter(which);
    this.#folios[slot] = this.#folios[slot].filter((folio) => !which(folio));
    for (const { index, pages } of gone) this.#tell((sink, timeNs) => sink.removed(DEV, this.#ino(slot), index, pages, timeNs));
  }

  /** A part of a folio is cut off, and what is left is in folios of single pages. */
  #split(slot: number, page: number): void {
    const folio = this.#folios[slot].find(({ index, pages }) => page >= index && page < index + pages);
    if (folio === undefined || folio.pages === 1) return;
    const single = Array.from({ length: folio.pages }, (_, i) => ({ index: folio.index + i, pages: 1, dirty: folio.dirty }));
    this.#folios[slot] = this.#folios[slot].flatMap((one) => (one === folio ? single : [one]));
    this.#tell((sink, timeNs) => sink.invalidated(DEV, this.#ino(slot), page, 0, timeNs));
  }

  #lose(): void {
    this.#events = [];
    this.#tell((sink, timeNs) => sink.lost(1, timeNs));
  }

  /** Looks at all files that are to be probed, which nothing happens to meanwhile. */
  #probe(): void {
    for (const slot of this.#stale) assert.equal(this.#table.applySnapshot(slot, this.#look(slot)), true);
  }

  #flush(slot: number): void {
    for (const folio of this.#folios[slot]) folio.dirty = false;
    this.#tell((sink, timeNs) => sink.flushed(DEV, this.#ino(slot), 0, Infinity, timeNs));
  }

  #tell(event: (sink: PageSink, timeNs: number) => void): void {
    const timeNs = ++this.#now;
    this.#events.push((sink) => event(sink, timeNs));
  }

  #deliver(count: number): void {
    for (const event of this.#events.splice(0, count)) event(this.#table);
  }

  #look(slot: number): Snapshot {
    this.#stale.delete(slot);
    const folios = this.#folios[slot].toSorted((a, b) => a.index - b.index);
    return { probedNs: ++this.#now, runs: folios.flatMap(({ index, pages, dirty }) => [index, pages, dirty ? 1 : 0]), fromDisk: false, changed: false };
  }

  #answer(slot: number): void {
    const snapshot = this.#looks[slot];
    this.#looks[slot] = undefined;
    if (snapshot !== undefined && !this.#table.applySnapshot(slot, snapshot)) this.#stale.add(slot);
  }

  #fetch(one: Subscriber, max: number): void {
    const { id } = one;
    if (id === undefined) return;
    this.#table.fetch(id, max, (slot, index, pages, events, changed) => {
      assert.ok(!this.#table.isDone(slot, id), `file ${slot} is done`);
      assert.ok(this.#table.isRelevant(slot, id) || events === 0, `file ${slot} is not wanted`);
      one.take(slot, index, pages, events, changed);
    });
  }

  #listen(max: number): void {
    this.#table.fetch(this.#listenerId, max, (slot, index, pages, events) => this.#listener.take(slot, index, pages, events));
  }

  #join(one: Subscriber): void {
    if (one.id !== undefined) return;
    one.id = this.#table.register(one.mask);
    for (let slot = 0; slot < FILES; slot++) this.#want(slot, one.id);
  }

  #leave(one: Subscriber): void {
    if (one.id === undefined) return;
    this.#table.unregister(one.id);
    one.id = undefined;
    for (let slot = 0; slot < FILES; slot++) one.forget(slot);
  }

  /** The pages of a file that nobody wanted are not known. */
  #want(slot: number, id: number): void {
    if (this.#table.files.relevant[slot] === 0) this.#stale.add(slot);
    this.#table.setRelevant(slot, id, true);
  }

  #change(one: Subscriber, slot: number, what: 'done' | 'reset' | 'moveOut' | 'moveIn'): void {
    const { id } = one;
    if (id === undefined) return;
    if (what === 'moveOut') this.#table.setRelevant(slot, id, false);
    if (what === 'moveIn' && !this.#table.isRelevant(slot, id)) this.#want(slot, id);
    if (what === 'reset') this.#table.resetDone(slot, id);
    // Of what is done nothing is told: when it no longer is, the task begins anew with it.
    if (what === 'done') {
      this.#table.setDone(slot, id);
      one.forget(slot);
    }
  }

  #meetAnew(id: number, slot: number): void {
    this.#table.resetDone(slot, id);
    this.#table.setRelevant(slot, id, false);
    this.#table.forgetSeen(slot, id);
    this.#want(slot, id);
  }
}

describe('ItemTable, held against a page cache', () => {
  for (const numbers of ['own', 'shared', 'shared later'] as const) {
    it(`has told every task what is so, whatever was delayed, lost, probed, done or moved meanwhile (numbers: ${numbers})`, function () {
      this.timeout(120_000);
      fc.assert(
        fc.property(fc.array(act, { maxLength: 100, size: 'max' }), (acts) => {
          const world = new World(numbers);
          for (const one of acts) world.run(one);
          world.settle();
        }),
        { numRuns: 500 },
      );
    });
  }
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PageEvent, eventMask } from '../../src/model/index.js';
import type { EventName, PageSink } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';
import type { Snapshot } from '../../src/items/index.js';

const DEV = 0x700000;
const FILES = 3;
const MASKS: readonly (readonly EventName[])[] = [['exists', 'modified'], ['exists'], ['modified'], ['exists', 'dirty'], ['modified', 'added', 'removed']];

const file = fc.nat({ max: FILES - 1 });
const task = fc.nat({ max: MASKS.length - 1 });
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), file, at: fc.nat({ max: 300 }), order: fc.nat({ max: 9 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'evict' as const, 'truncate' as const), file, at: fc.nat({ max: 600 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'replace' as const), file }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), events: fc.constantFrom(1, 3, Infinity) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('look' as const, 'answer' as const), file }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fetch' as const), task, max: fc.constantFrom(1, 5, Infinity) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'reset' as const, 'moveOut' as const, 'moveIn' as const), task, file }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'join' as const), task }) },
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

/** A page cache, the events of it on their way, looks at it that are not answered yet, and subscribers who are told. */
class World {
  readonly #folios: Folio[][] = Array.from({ length: FILES }, () => []);
  #events: ((sink: PageSink) => void)[] = [];
  readonly #looks: (Snapshot | undefined)[] = [];
  readonly #stale = new Set<number>();
  readonly #subscribers = MASKS.map((names) => new Subscriber(names));
  readonly #table = new ItemTable({
    unknownInode: () => assert.fail('all are known'),
    stale: (slot) => this.#stale.add(slot),
    suspect: () => undefined,
    lost: () => [...this.#folios.keys()].forEach((slot) => this.#stale.add(slot)),
  });
  #now = 1;

  constructor() {
    for (let slot = 0; slot < FILES; slot++) this.#table.addFile(DEV, slot);
    for (const one of this.#subscribers) this.#join(one);
  }

  run(act: Act): void {
    this.#now++;
    switch (act.do) {
      case 'read':
        return this.#read(act.file, act.at - (act.at % 2 ** act.order), 2 ** act.order);
      case 'write':
        return this.#write(act.file, act.at);
      case 'evict':
        return this.#evict(act.file, ({ index, pages, dirty }) => !dirty && act.at >= index && act.at < index + pages);
      case 'truncate':
        return this.#evict(act.file, ({ index }) => index >= act.at);
      case 'replace':
        // Deleted, and the inode is another file's now.
        this.#evict(act.file, () => true);
        this.#deliver(Infinity);
        return this.#subscribers.forEach((one) => this.#meetAnew(one, act.file));
      case 'flush':
        for (const folio of this.#folios[act.file]) folio.dirty = false;
        return this.#tell((sink, timeNs) => sink.flushed(DEV, act.file, 0, Infinity, timeNs));
      case 'deliver':
        return this.#deliver(act.events);
      case 'lose':
        this.#events = [];
        return this.#tell((sink, timeNs) => sink.lost(1, timeNs));
      case 'look':
        this.#looks[act.file] = this.#look(act.file);
        return undefined;
      case 'answer':
        return this.#answer(act.file);
      case 'fetch':
        return this.#fetch(this.#subscribers[act.task], act.max);
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
    this.#deliver(Infinity);
    for (let slot = 0; slot < FILES; slot++) this.#answer(slot);
    for (const slot of this.#stale) assert.equal(this.#table.applySnapshot(slot, this.#look(slot)), true);
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

  #read(slot: number, index: number, pages: number): void {
    const taken = this.#folios[slot].some((other) => other.index < index + pages && index < other.index + other.pages);
    if (taken) return;
    this.#folios[slot].push({ index, pages, dirty: false });
    this.#tell((sink, timeNs) => sink.added(DEV, slot, index, pages, timeNs));
  }

  #write(slot: number, page: number): void {
    this.#read(slot, page, 1);
    const folio = this.#folios[slot].find(({ index, pages }) => page >= index && page < index + pages)!;
    if (folio.dirty) return;
    folio.dirty = true;
    this.#tell((sink, timeNs) => sink.dirtied(DEV, slot, folio.index, timeNs));
  }

  #evict(slot: number, which: (folio: Folio) => boolean): void {
    const gone = this.#folios[slot].filter(which);
    this.#folios[slot] = this.#folios[slot].filter((folio) => !which(folio));
    for (const { index, pages } of gone) this.#tell((sink, timeNs) => sink.removed(DEV, slot, index, pages, timeNs));
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

  #meetAnew(one: Subscriber, slot: number): void {
    if (one.id === undefined) return;
    this.#table.resetDone(slot, one.id);
    this.#table.setRelevant(slot, one.id, false);
    this.#table.forgetSeen(slot, one.id);
    this.#want(slot, one.id);
  }
}

describe('ItemTable, held against a page cache', () => {
  it('has told every task what is so, whatever was delayed, lost, probed, done or moved meanwhile', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(fc.array(act, { maxLength: 100, size: 'max' }), (acts) => {
        const world = new World();
        for (const one of acts) world.run(one);
        world.settle();
      }),
      { numRuns: 500 },
    );
  });
});

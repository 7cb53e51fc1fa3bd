import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PageEvent, eventMask } from '../../src/model/index.js';
import type { EventName } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';
import type { ItemTableListener } from '../../src/items/index.js';
import { ReferenceTable } from './reference-table.js';

const DEV = 0x700000;
const FILES = 6;

const MASKS: readonly (readonly EventName[])[] = [
  ['exists'],
  ['modified'],
  ['exists', 'modified'],
  ['exists', 'dirty'],
  ['exists', 'dirty', 'flushed'],
  ['modified', 'added', 'removed'],
  ['added', 'removed', 'dirty', 'flushed'],
  ['added'],
  ['removed'],
  ['dirty'],
  ['flushed'],
];

/** Where the six files stand: all alone, or the last two with one inode number. */
const inoOf = (file: number, twins: boolean): number => (twins && file === FILES - 1 ? 100 + file - 1 : 100 + file);

const file = fc.nat({ max: FILES - 1 });
const task = fc.nat({ max: 7 });
/** Near the edges of words and chunks, and far off now and then. */
const page = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 200 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 31, 32, 63, 64, 127, 128, 1023, 1024) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 20, 2 ** 32 + 7, 2 ** 40) },
);
const order = fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const length = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 64, 1025, 5000, Infinity));
const runs = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 80 }), fc.boolean()), { maxLength: 5 }).map((gaps) => {
  const flat: number[] = [];
  let at = 0;
  for (const [gap, pages, dirty] of gaps) {
    flat.push(at + gap, pages, dirty ? 1 : 0);
    at += gap + pages;
  }
  return flat;
});

type Step =
  | { readonly do: 'register'; readonly mask: readonly EventName[]; readonly wants: readonly boolean[] }
  | { readonly do: 'unregister' | 'fetchAll'; readonly task: number }
  | { readonly do: 'relevant'; readonly task: number; readonly file: number; readonly relevant: boolean }
  | { readonly do: 'done' | 'reset'; readonly task: number; readonly file: number }
  | { readonly do: 'added' | 'removed'; readonly file: number; readonly index: number; readonly order: number }
  | { readonly do: 'dirtied'; readonly file: number; readonly index: number }
  | { readonly do: 'flushed'; readonly file: number; readonly index: number; readonly pages: number }
  | { readonly do: 'invalidated'; readonly file: number; readonly index: number; readonly pages: number }
  | { readonly do: 'unsure'; readonly file: number }
  | { readonly do: 'snapshot'; readonly file: number; readonly runs: number[]; readonly ageNs: number; readonly fromDisk: boolean; readonly changed: boolean }
  | { readonly do: 'fetch'; readonly task: number; readonly max: number };

const folio = fc.record({ file, index: page, order }).map((f) => ({ ...f, index: f.index - (f.index % 2 ** f.order) }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('register' as const), mask: fc.constantFrom(...MASKS), wants: fc.array(fc.boolean(), { minLength: FILES, maxLength: FILES }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('unregister' as const, 'fetchAll' as const), task }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('relevant' as const), task, file, relevant: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'reset' as const), task, file }) },
  { weight: 12, arbitrary: folio.map((f) => ({ do: 'added' as const, ...f })) },
  { weight: 8, arbitrary: folio.map((f) => ({ do: 'removed' as const, ...f })) },
  { weight: 8, arbitrary: folio.map(({ file: of, index }) => ({ do: 'dirtied' as const, file: of, index })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dirtied' as const), file, index: page }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('flushed' as const), file, index: page, pages: length }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('snapshot' as const), file, runs, ageNs: fc.constantFrom(0, 0, 0, 1.5, 3, 10, -4.5), fromDisk: fc.boolean(), changed: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('fetch' as const), task, max: fc.constantFrom(0, 1, 2, 5, 100, Infinity) }) },
);

/** Drives the item table and the model with the same steps. */
class Pair {
  readonly stale = new Set<number>();
  readonly table: ItemTable;
  readonly model = new ReferenceTable();
  readonly #tasks: (number | undefined)[] = Array.from({ length: 8 }, () => undefined);
  readonly #twins: boolean;
  #now = 1000;

  constructor(twins: boolean) {
    this.#twins = twins;
    const listener: ItemTableListener = {
      unknownInode: () => assert.fail('all inodes are known'),
      stale: (slot) => this.stale.add(slot),
      lost: () => undefined,
    };
    this.table = new ItemTable(listener);
    for (let i = 0; i < FILES; i++) {
      assert.equal(this.table.addFile(DEV, inoOf(i, twins)), i);
      this.model.addFile(DEV, inoOf(i, twins));
    }
  }

  run(step: Step): void {
    const { table, model } = this;
    const now = ++this.#now;
    switch (step.do) {
      case 'register': {
        const place = this.#tasks.indexOf(undefined);
        if (place === -1) return;
        const mask = eventMask(step.mask);
        const id = table.register(mask);
        model.register(id, mask);
        this.#tasks[place] = id;
        for (const [slot, relevant] of step.wants.entries()) this.#both((one) => one.setRelevant(slot, id, relevant));
        break;
      }
      case 'unregister': {
        const id = this.#tasks[step.task];
        if (id === undefined) return;
        this.#tasks[step.task] = undefined;
        this.#both((one) => one.unregister(id));
        break;
      }
      case 'relevant':
        this.#withTask(step.task, (id) => this.#both((one) => one.setRelevant(step.file, id, step.relevant)));
        break;
      case 'done':
        this.#withTask(step.task, (id) => this.#both((one) => one.setDone(step.file, id)));
        break;
      case 'reset':
        this.#withTask(step.task, (id) => this.#both((one) => one.resetDone(step.file, id)));
        break;
      case 'added':
        this.#both((one) => one.added(DEV, this.#ino(step.file), step.index, 2 ** step.order, now));
        break;
      case 'removed':
        this.#both((one) => one.removed(DEV, this.#ino(step.file), step.index, 2 ** step.order, now));
        break;
      case 'dirtied':
        this.#both((one) => one.dirtied(DEV, this.#ino(step.file), step.index, now));
        break;
      case 'flushed':
        this.#both((one) => one.flushed(DEV, this.#ino(step.file), step.index, step.pages, now));
        break;
      case 'invalidated':
        this.#both((one) => one.invalidated(DEV, this.#ino(step.file), step.index, step.pages, now));
        break;
      case 'unsure':
        this.#both((one) => one.unsure(DEV, this.#ino(step.file), now));
        break;
      case 'snapshot': {
        const snapshot = { probedNs: now - step.ageNs, runs: step.runs, fromDisk: step.fromDisk, changed: step.changed };
        assert.equal(table.applySnapshot(step.file, snapshot), model.applySnapshot(step.file, snapshot));
        break;
      }
      case 'fetch':
        this.#withTask(step.task, (id) => this.#fetch(id, step.max));
        break;
      case 'fetchAll':
        this.#withTask(step.task, (id) => this.#fetch(id, Infinity));
        break;
    }
    assert.deepEqual([...this.stale].sort(), [...model.stale].sort());
  }

  /** Compares the states of all pages. */
  comparePages(): void {
    for (let slot = 0; slot < FILES; slot++) {
      for (const [index, pages] of [[0, Infinity], [0, 1], [31, 2], [60, 70], [64, 64], [1000, 2 ** 41]] as const) {
        assert.equal(this.table.residentPages(slot, index, pages), this.model.count(slot, index, pages, () => true), 'resident');
        assert.equal(this.table.dirtyPages(slot, index, pages), this.model.count(slot, index, pages, (state) => state.modified), 'dirty');
        assert.equal(this.table.untrustedPages(slot, index, pages), this.model.count(slot, index, pages, (state) => !state.fromDisk), 'untrusted');
      }
    }
  }

  /** Fetches all for everybody: then no chunk may be left but those with resident pages. */
  end(): void {
    for (const id of this.#tasks) if (id !== undefined) this.#fetch(id, Infinity);
    for (const id of this.#tasks) if (id !== undefined) assert.equal(this.table.waiting(id), 0);
    assert.equal(this.table.chunks, this.model.residentChunks, 'chunks');
    for (const [place, id] of this.#tasks.entries()) {
      if (id === undefined) continue;
      this.#tasks[place] = undefined;
      this.#both((one) => one.unregister(id));
    }
    assert.equal(this.table.chunks, 0, 'chunks without tasks');
  }

  #fetch(id: number, max: number): void {
    const expected = this.model.pending(id);
    const pages = new Set<string>();
    let count = 0;
    const told = this.table.fetch(id, max, (slot, index, length, events, changed) => {
      count++;
      assert.ok(length > 0);
      for (let p = index; p < index + length; p++) {
        const key = `${slot}:${p}`;
        assert.ok(!pages.has(key), `${key} came twice`);
        assert.deepEqual({ events, changed }, expected.get(key), key);
        pages.add(key);
        this.model.fetched(id, slot, p);
      }
    });
    assert.equal(told, count);
    assert.ok(count <= max);
    if (count < max) assert.equal(pages.size, expected.size, 'all is fetched');
  }

  #ino(of: number): number {
    return inoOf(of, this.#twins);
  }

  #withTask(place: number, run: (id: number) => void): void {
    const id = this.#tasks[place];
    if (id !== undefined) run(id);
  }

  #both(call: (one: ItemTable | ReferenceTable) => void): void {
    call(this.table);
    call(this.model);
  }
}

const FIRST: Step = { do: 'register', mask: ['exists', 'modified'], wants: Array.from({ length: FILES }, () => true) };

describe('ItemTable', () => {
  for (const twins of [false, true]) {
    it(`tells each task the same as a table of single pages${twins ? ', where two files share a number' : ''}`, function () {
      this.timeout(60_000);
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
          const pair = new Pair(twins);
          pair.run(FIRST);
          for (const one of steps) pair.run(one);
          pair.comparePages();
          pair.end();
        }),
        { numRuns: 600 },
      );
    });
  }
});

/** A table with files of the inode numbers 1, 2, …, and a task that wants them all. */
function tableOf(files: number, ...masks: EventName[][]): { table: ItemTable; tasks: number[]; stale: number[]; unknown: number[] } {
  const stale: number[] = [];
  const unknown: number[] = [];
  const table = new ItemTable({ stale: (slot) => stale.push(slot), unknownInode: (_dev, ino) => unknown.push(ino), lost: () => undefined });
  for (let i = 0; i < files; i++) table.addFile(DEV, i + 1);
  const tasks = masks.map((names) => {
    const id = table.register(eventMask(names));
    for (let i = 0; i < files; i++) table.setRelevant(i, id, true);
    return id;
  });
  return { table, tasks, stale, unknown };
}

function fetchAll(table: ItemTable, id: number, max = Infinity): number[][] {
  const items: number[][] = [];
  table.fetch(id, max, (...item) => items.push(item));
  return items;
}

describe('ItemTable: bounds', () => {
  it('stays small while pages stream through and nobody fetches', () => {
    const { table, tasks } = tableOf(4, ['exists'], ['exists', 'modified']);
    let most = 0;
    for (let n = 0; n < 200_000; n++) {
      table.added(DEV, (n % 4) + 1, n, 1, n * 10);
      if (n % 3 === 0) table.dirtied(DEV, (n % 4) + 1, n, n * 10 + 1);
      // 256 pages fit into the cache.
      if (n >= 256) table.removed(DEV, ((n - 256) % 4) + 1, n - 256, 1, n * 10 + 2);
      most = Math.max(most, table.chunks);
    }
    assert.ok(most < 1000, `${most} chunks for 256 pages`);
    for (const id of tasks) assert.ok(table.waiting(id) < 1000);
    for (const id of tasks) fetchAll(table, id);
    assert.ok(table.chunks <= 4 * 6);
  });

  it('tells nothing for a maximum of zero or less', () => {
    const { table, tasks } = tableOf(1, ['exists']);
    table.added(DEV, 1, 0, 1, 1);
    assert.deepEqual(fetchAll(table, tasks[0], 0), []);
    assert.deepEqual(fetchAll(table, tasks[0], -1), []);
    assert.equal(fetchAll(table, tasks[0], 1.5).length, 1);
  });

  it('makes runs across chunks and words', () => {
    const { table, tasks } = tableOf(1, ['exists']);
    table.added(DEV, 1, 0, 512, 1);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 0, 512, PageEvent.EXISTS, PageEvent.EXISTS]]);
  });

  it('gives a file only as many tasks as the columns have bits', () => {
    const { table } = tableOf(0);
    for (let i = 0; i < 16; i++) table.register(PageEvent.EXISTS);
    assert.throws(() => table.register(PageEvent.EXISTS), RangeError);
  });
});

describe('ItemTable: folios that were split', () => {
  /** Whether DIRTY of the first page of a folio of 16 has the file probed, after `cut`. */
  function staleAfter(cut: (table: ItemTable) => void): boolean {
    const stale: number[] = [];
    const table = new ItemTable({ unknownInode: () => undefined, stale: (slot) => stale.push(slot), lost: () => undefined });
    table.setRelevant(table.addFile(DEV, 1), table.register(PageEvent.EXISTS), true);
    table.added(DEV, 1, 0, 16, 1);
    table.added(DEV, 1, 16, 4, 2);
    cut(table);
    assert.equal(stale.length, 0);
    table.dirtied(DEV, 1, 0, 9);
    return stale.length > 0;
  }

  it('has the file probed when one becomes dirty that may have been split', () => {
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 5, 0, 3)), true, 'less than a page was cut');
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 8, 8, 3)), true, 'the end was cut');
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 0, 8, 3)), true, 'the beginning was cut');
    assert.equal(staleAfter((table) => table.removed(DEV, 1, 5, 1, 3)), true, 'a page in the middle has left');
  });

  it('knows a whole folio that goes', () => {
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 16, 4, 3)), false);
    assert.equal(staleAfter((table) => table.removed(DEV, 1, 16, 4, 3)), false);
  });

  it('has a file probed of which it is not sure what was flushed', () => {
    const stale: number[] = [];
    const table = new ItemTable({ unknownInode: () => undefined, stale: (slot) => stale.push(slot), lost: () => undefined });
    const slot = table.addFile(DEV, 1);
    table.unsure(DEV, 1, 1);
    assert.deepEqual(stale, []);
    table.setRelevant(slot, table.register(PageEvent.MODIFIED), true);
    table.unsure(DEV, 1, 2);
    assert.deepEqual(stale, [slot]);
  });
});

describe('ItemTable: snapshots', () => {
  const snapshot = (probedNs: number, ...runs: number[]): Parameters<ItemTable['applySnapshot']>[1] => ({ probedNs, runs, fromDisk: true, changed: false });

  it('refuses one from before an event that came while the file had no slot', () => {
    const { table, tasks, unknown } = tableOf(0, ['exists']);
    table.added(DEV, 77, 5, 1, 12);
    assert.deepEqual(unknown, [77]);
    const slot = table.addFile(DEV, 77);
    table.setRelevant(slot, tasks[0], true);
    assert.equal(table.applySnapshot(slot, snapshot(10)), false);
    assert.equal(table.applySnapshot(slot, snapshot(20, 5, 1, 0)), true);
    assert.deepEqual(fetchAll(table, tasks[0]), [[slot, 5, 1, PageEvent.EXISTS, PageEvent.EXISTS]]);
  });

  it('refuses one from before a loss, of a file that had no slot then', () => {
    const { table } = tableOf(0);
    table.lost(3, 12);
    const slot = table.addFile(DEV, 77);
    assert.equal(table.applySnapshot(slot, snapshot(10)), false);
    assert.equal(table.applySnapshot(slot, snapshot(13)), true);
  });

  it('remembers events of very many unknown inodes, or errs on the safe side', () => {
    const { table } = tableOf(0);
    const many = 200_000;
    for (let ino = 1; ino <= many; ino++) table.added(DEV, ino, 0, 1, ino);
    for (const ino of [1, 1000, many / 2, many - 5, many]) {
      const slot = table.addFile(DEV, ino);
      assert.equal(table.applySnapshot(slot, snapshot(ino - 0.5)), false, `inode ${ino}`);
    }
    const late = table.addFile(DEV, many + 1);
    assert.equal(table.applySnapshot(late, snapshot(many + 0.5)), true);
  });

  it('does not let an older one undo a younger one', () => {
    const { table, tasks } = tableOf(1, ['exists']);
    assert.equal(table.applySnapshot(0, snapshot(20, 0, 4, 0)), true);
    assert.equal(table.applySnapshot(0, snapshot(10)), true);
    assert.equal(table.residentPages(0, 0, Infinity), 4);
    table.setRelevant(0, tasks[0], false);
    table.setRelevant(0, tasks[0], true);
    // Nothing is known of it any more: any snapshot is better.
    assert.equal(table.applySnapshot(0, snapshot(15, 0, 1, 0)), true);
    assert.equal(table.residentPages(0, 0, Infinity), 1);
  });

  it('has a file probed whose events may have been those of a twin', () => {
    const { table, stale } = tableOf(1, ['exists']);
    table.added(DEV, 1, 0, 8, 12);
    assert.equal(table.untrustedPages(0, 0, Infinity), 0);
    const twin = table.addFile(DEV, 1);
    assert.deepEqual(stale, [0]);
    assert.equal(table.untrustedPages(0, 0, Infinity), 8);
    assert.equal(table.applySnapshot(twin, snapshot(10)), false);
    assert.equal(table.applySnapshot(0, snapshot(10)), false);
  });
});

describe('ItemTable: events of pages that were not known', () => {
  it('tells REMOVED and DIRTY to who wants events, and keeps nothing', () => {
    const { table, tasks, stale } = tableOf(1, ['added', 'removed', 'dirty', 'flushed'], ['exists', 'modified']);
    table.removed(DEV, 1, 60, 8, 1);
    table.dirtied(DEV, 1, 130, 2);
    assert.deepEqual(stale, [0]);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 60, 8, PageEvent.REMOVED, 0], [0, 130, 1, PageEvent.DIRTY, 0]]);
    assert.deepEqual(fetchAll(table, tasks[1]), []);
    assert.equal(table.chunks, 0);
  });
});

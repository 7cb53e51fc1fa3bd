import assert from 'node:assert/strict';
import { PageEvent, eventMask } from '../../src/model/index.js';
import type { EventName } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';

const DEV = 0x700000;

/** A table with files of the inode numbers 1, 2, …, and a task that wants them all. */
function tableOf(files: number, ...masks: EventName[][]): { table: ItemTable; tasks: number[]; stale: number[]; unknown: number[] } {
  const stale: number[] = [];
  const unknown: number[] = [];
  const table = new ItemTable({ stale: (slot) => stale.push(slot), suspect: () => undefined, unknownInode: (_dev, ino) => unknown.push(ino), lost: () => undefined });
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

  it('gives all back with the last task, and begins anew with the next', () => {
    const { table, tasks } = tableOf(3, ['exists'], ['exists', 'dirty']);
    for (let ino = 1; ino <= 3; ino++) table.applySnapshot(ino - 1, { probedNs: 5, runs: [0, 5000 * ino, 0], fromDisk: true, changed: false });
    table.unregister(tasks[0]);
    assert.equal(fetchAll(table, tasks[1]).length, 3);
    table.unregister(tasks[1]);
    assert.equal(table.chunks, 0);
    const next = table.register(eventMask(['exists']));
    table.added(DEV, 1, 0, 1, 10);
    table.setRelevant(0, next, true);
    table.added(DEV, 1, 7, 2, 20);
    assert.deepEqual(fetchAll(table, next), [[0, 7, 2, PageEvent.EXISTS, PageEvent.EXISTS]]);
    assert.equal(table.residentPages(0, 0, Infinity), 2);
    // Nothing was probed since: what a probe shows is taken.
    assert.equal(table.applySnapshot(0, { probedNs: 30, runs: [7, 1, 0], fromDisk: true, changed: false }), true);
    assert.deepEqual(fetchAll(table, next), [[0, 8, 1, 0, PageEvent.EXISTS]]);
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
  /** Whether DIRTY of the first page of a folio of 16 has the file probed, after `cut`; `before` comes before all. */
  function staleAfter(cut: (table: ItemTable) => void, before?: (table: ItemTable) => void): boolean {
    const stale: number[] = [];
    const table = new ItemTable({ unknownInode: () => undefined, stale: (slot) => stale.push(slot), suspect: () => undefined, lost: () => undefined });
    table.setRelevant(table.addFile(DEV, 1), table.register(PageEvent.EXISTS), true);
    before?.(table);
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

  it('has the file probed after a loss, in which it may have been split, when a probe has shown the same pages', () => {
    const cutUnseen = (table: ItemTable): void => {
      table.lost(1, 3);
      assert.equal(table.applySnapshot(0, { probedNs: 4, runs: [0, 20, 0], fromDisk: false, changed: false }), true);
    };
    assert.equal(staleAfter(cutUnseen), true);
  });

  it('knows the folios of a file that came after a loss', () => {
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 16, 4, 3), (table) => table.lost(1, 0)), false);
  });

  it('knows a whole folio that goes', () => {
    assert.equal(staleAfter((table) => table.invalidated(DEV, 1, 16, 4, 3)), false);
    assert.equal(staleAfter((table) => table.removed(DEV, 1, 16, 4, 3)), false);
  });

  it('has a file probed of which it is not sure what was flushed', () => {
    const stale: number[] = [];
    const table = new ItemTable({ unknownInode: () => undefined, stale: (slot) => stale.push(slot), suspect: () => undefined, lost: () => undefined });
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

  it('refuses one from before an event of a file whose slot was freed since', () => {
    const { table, tasks } = tableOf(0, ['exists']);
    const gone = table.addFile(DEV, 77);
    table.added(DEV, 77, 5, 1, 12);
    assert.equal(table.removeFile(gone), true);
    const slot = table.addFile(DEV, 77);
    table.setRelevant(slot, tasks[0], true);
    assert.equal(table.applySnapshot(slot, snapshot(10)), false);
    assert.equal(table.applySnapshot(slot, snapshot(13, 5, 1, 0)), true);
  });

  it('frees no slot of a file that is wanted, or of which pages are to be told as gone', () => {
    const { table, tasks } = tableOf(1, ['exists']);
    assert.equal(table.removeFile(0), false);
    table.added(DEV, 1, 5, 1, 1);
    fetchAll(table, tasks[0]);
    table.setRelevant(0, tasks[0], false);
    assert.equal(table.removeFile(0), false);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 5, 1, 0, PageEvent.EXISTS]]);
    assert.equal(table.removeFile(0), true);
    assert.equal(table.files.find(DEV, 1), -1);
    assert.equal(table.addFile(DEV, 9), 0);
  });

  it('tells all pages of a large file as gone that leaves the path', () => {
    const { table, tasks } = tableOf(1, ['exists', 'modified']);
    const pages = 64 * 1000;
    table.added(DEV, 1, 0, pages, 1);
    table.dirtied(DEV, 1, 0, 2);
    fetchAll(table, tasks[0]);
    table.setRelevant(0, tasks[0], false);
    const gone = fetchAll(table, tasks[0]);
    assert.equal(gone.reduce((sum, [, , count]) => sum + count, 0), pages);
    assert.ok(gone.every(([slot, , , events, changed]) => slot === 0 && events === 0 && changed === (PageEvent.EXISTS | PageEvent.MODIFIED)));
  });

  it('refuses one from before a loss, whether the file had a slot then or not', () => {
    const { table } = tableOf(1);
    table.lost(3, 12);
    for (const slot of [0, table.addFile(DEV, 77), table.addFile(DEV, 77)]) {
      assert.equal(table.applySnapshot(slot, snapshot(10)), false);
      assert.equal(table.applySnapshot(slot, snapshot(13)), true);
    }
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
});

describe('ItemTable: where files share inode numbers', () => {
  const EVENTS: EventName[] = ['added', 'removed', 'dirty', 'flushed'];
  const snapshot = (probedNs: number, ...runs: number[]): Parameters<ItemTable['applySnapshot']>[1] => ({ probedNs, runs, fromDisk: true, changed: false });

  it('an event of another file does not say of a cached page that it came', () => {
    const { table, tasks, stale } = tableOf(1, EVENTS, ['exists', 'modified']);
    table.shareNumbers(DEV);
    table.applySnapshot(0, snapshot(1, 0, 2, 1));
    for (const id of tasks) fetchAll(table, id);
    stale.length = 0;
    // A file that is gone by name, and open, is read.
    table.added(DEV, 1, 0, 1, 2);
    assert.deepEqual(stale, [0]);
    table.applySnapshot(0, snapshot(3, 0, 2, 1));
    for (const id of tasks) assert.deepEqual(fetchAll(table, id), []);
  });

  it('events are told as probes find them', () => {
    const { table, tasks } = tableOf(1, EVENTS);
    table.shareNumbers(DEV);
    table.added(DEV, 1, 0, 8, 1);
    table.dirtied(DEV, 1, 0, 2);
    table.removed(DEV, 1, 4, 1, 3);
    table.flushed(DEV, 1, 0, 8, 4);
    assert.deepEqual(fetchAll(table, tasks[0]), []);
    assert.equal(table.applySnapshot(0, snapshot(3.5)), false, 'older than an event');
    table.applySnapshot(0, snapshot(5, 0, 2, 0, 2, 1, 1));
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 0, 2, PageEvent.ADDED, 0], [0, 2, 1, PageEvent.ADDED | PageEvent.DIRTY, 0]]);
    table.applySnapshot(0, snapshot(6, 1, 2, 0));
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 0, 1, PageEvent.REMOVED, 0], [0, 2, 1, PageEvent.FLUSHED, 0]]);
  });

  it('an event counts once for a task, whoever of its files it is of', () => {
    const { table, tasks } = tableOf(1, ['exists'], ['exists']);
    table.setRelevant(table.addFile(DEV, 1), tasks[0], true);
    table.setDone(0, tasks[1]);
    table.added(DEV, 1, 0, 4, 1);
    assert.deepEqual(tasks.map((id) => [table.counters(id).seen, table.counters(id).filtered]), [[4, 0], [0, 4]]);
  });

  it('all that was known is probed when it turns out that they do', () => {
    const { table, stale } = tableOf(2, EVENTS);
    table.added(DEV, 1, 0, 1, 1);
    table.addFile(DEV, 3);
    assert.deepEqual(stale, []);
    table.shareNumbers(DEV);
    assert.deepEqual(stale, [0, 1]);
    assert.equal(table.untrustedPages(0, 0, Infinity), 1);
    table.shareNumbers(DEV);
    assert.deepEqual(stale, [0, 1]);
  });

  it('pages may have become dirty, and clean again, until a probe that is younger', () => {
    const { table } = tableOf(1, ['exists']);
    table.shareNumbers(DEV);
    table.applySnapshot(0, snapshot(1));
    table.applySnapshot(0, snapshot(2, 0, 4, 0));
    assert.equal(table.untrustedPages(0, 0, Infinity), 0);
    table.dirtied(DEV, 1, 0, 3);
    assert.equal(table.untrustedPages(0, 0, Infinity), 4);
    table.applySnapshot(0, snapshot(4, 0, 8, 0));
    assert.equal(table.untrustedPages(0, 0, Infinity), 8);
    table.applySnapshot(0, snapshot(5, 4, 8, 0));
    assert.equal(table.untrustedPages(0, 0, Infinity), 4);
  });

  it('each file that may have become dirty is a suspect of who is done with it', () => {
    const suspects: number[] = [];
    const table = new ItemTable({ unknownInode: () => undefined, stale: () => undefined, suspect: (slot) => suspects.push(slot), lost: () => undefined });
    const id = table.register(PageEvent.EXISTS);
    for (const slot of [table.addFile(DEV, 1), table.addFile(DEV, 1), table.addFile(DEV, 2)]) {
      table.setRelevant(slot, id, true);
      table.setDone(slot, id);
    }
    table.dirtied(DEV, 1, 0, 1);
    assert.deepEqual(suspects.sort(), [0, 1]);
  });

  it('a file is probed whose events may have been those of a twin', () => {
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
  it('tells REMOVED to who wants events, and that a page is cached which becomes dirty', () => {
    const { table, tasks, stale } = tableOf(1, ['added', 'removed', 'dirty', 'flushed'], ['exists', 'modified']);
    table.removed(DEV, 1, 60, 8, 1);
    table.dirtied(DEV, 1, 130, 2);
    assert.deepEqual(stale, [0]);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 60, 8, PageEvent.REMOVED, 0], [0, 130, 1, PageEvent.ADDED | PageEvent.DIRTY, 0]]);
    const both = PageEvent.EXISTS | PageEvent.MODIFIED;
    assert.deepEqual(fetchAll(table, tasks[1]), [[0, 130, 1, both, both]]);
    table.flushed(DEV, 1, 0, Infinity, 3);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 130, 1, PageEvent.FLUSHED, 0]]);
  });

  it('tells a page as dirty that left and came again unseen, and became dirty unseen', () => {
    const { table, tasks } = tableOf(1, ['added', 'removed', 'dirty', 'flushed'], ['exists', 'modified']);
    table.added(DEV, 1, 0, 1, 1);
    table.dirtied(DEV, 1, 0, 2);
    for (const task of tasks) fetchAll(table, task);
    table.lost(1, 3);
    table.added(DEV, 1, 0, 1, 4);
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 0, 1, PageEvent.ADDED | PageEvent.FLUSHED, 0]]);
    assert.deepEqual(fetchAll(table, tasks[1]), [[0, 0, 1, 0, PageEvent.MODIFIED]]);
    table.lost(1, 5);
    table.applySnapshot(0, { probedNs: 6, runs: Float64Array.of(0, 1, 1), fromDisk: false, changed: false });
    assert.deepEqual(fetchAll(table, tasks[0]), [[0, 0, 1, PageEvent.DIRTY, 0]]);
    assert.deepEqual(fetchAll(table, tasks[1]), [[0, 0, 1, PageEvent.MODIFIED, PageEvent.MODIFIED]]);
  });
});

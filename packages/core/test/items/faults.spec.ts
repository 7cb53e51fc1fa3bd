import assert from 'node:assert/strict';
import { EVENT_NAMES, PageEvent, eventMask } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';

const DEV = 0x700000;

function newTable(): ItemTable {
  return new ItemTable({ unknownInode: () => undefined, stale: () => undefined, suspect: () => undefined, lost: () => undefined });
}

/** Runs as [slot, index, pages, events, changed]. */
function fetched(table: ItemTable, task: number): number[][] {
  const items: number[][] = [];
  table.fetch(task, Infinity, (...item) => items.push(item));
  return items;
}

describe('Faults of the original, in the item table', () => {
  it('fault 1: neighbouring inodes do not share a done, relevant or seen bit', () => {
    const table = newTable();
    const task = table.register(PageEvent.EXISTS);
    const slots = Array.from({ length: 4096 }, (_, i) => table.addFile(DEV, 4096 + i));
    for (const slot of slots) if (slot % 2 === 0) table.setRelevant(slot, task, true);
    table.setDone(slots[100], task);
    for (const slot of slots) {
      assert.equal(table.isDone(slot, task), slot === slots[100]);
      assert.equal(table.isRelevant(slot, task), slot % 2 === 0);
      assert.equal(table.isSeen(slot, task), slot % 2 === 0);
    }
    table.resetDone(slots[100], task);
    assert.ok(slots.every((slot) => !table.isDone(slot, task)));
  });

  it('fault 2: a task that registers for a state gets its changes', () => {
    for (const name of EVENT_NAMES) {
      const table = newTable();
      const task = table.register(eventMask([name]));
      table.setRelevant(table.addFile(DEV, 1), task, true);
      table.added(DEV, 1, 0, 1, 1);
      table.dirtied(DEV, 1, 0, 2);
      if (name === 'flushed') table.flushed(DEV, 1, 0, 1, 3);
      if (name === 'removed') table.removed(DEV, 1, 0, 1, 3);
      const bit = eventMask([name]);
      assert.deepEqual(fetched(table, task), [[0, 0, 1, bit, name === 'exists' || name === 'modified' ? bit : 0]], name);
    }
  });

  it('fault 5: a pair of events that cancel out is told to none of several tasks', () => {
    const table = newTable();
    const tasks = [['exists'], ['exists', 'modified'], ['modified'], ['exists', 'dirty']].map((names) => table.register(eventMask(names as never)));
    const slot = table.addFile(DEV, 1);
    for (const task of tasks) table.setRelevant(slot, task, true);
    table.added(DEV, 1, 0, 16, 1);
    table.removed(DEV, 1, 0, 16, 2);
    for (const task of tasks) assert.deepEqual(fetched(table, task), []);
    assert.equal(table.chunks, 0);
    table.added(DEV, 1, 0, 1, 3);
    for (const task of tasks) fetched(table, task);
    table.dirtied(DEV, 1, 0, 4);
    table.flushed(DEV, 1, 0, Infinity, 5);
    assert.deepEqual(tasks.map((task) => fetched(table, task)), [[], [], [], [[0, 0, 1, PageEvent.DIRTY, 0]]]);
  });

  it('fault 5: seen, relevant and done are three bits', () => {
    const table = newTable();
    const task = table.register(PageEvent.EXISTS);
    const other = table.register(PageEvent.EXISTS);
    const slot = table.addFile(DEV, 1);
    const bits = (): boolean[] => [table.isSeen(slot, task), table.isRelevant(slot, task), table.isDone(slot, task)];
    assert.deepEqual(bits(), [false, false, false]);
    table.setDone(slot, task);
    assert.deepEqual(bits(), [false, false, true]);
    table.setRelevant(slot, task, false);
    assert.deepEqual(bits(), [true, false, true]);
    table.setRelevant(slot, task, true);
    assert.deepEqual(bits(), [true, true, true]);
    table.resetDone(slot, task);
    table.forgetSeen(slot, task);
    assert.deepEqual(bits(), [false, true, false]);
    assert.deepEqual([table.isSeen(slot, other), table.isRelevant(slot, other), table.isDone(slot, other)], [false, false, false]);
  });
});

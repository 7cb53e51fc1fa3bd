import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAGE_BYTES } from '../../src/model/index.js';
import { Planner } from '../../src/planner/index.js';

describe('Planner', () => {
  it('cuts a file into whole pages, and counts each page once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 400_000 }), fc.array(fc.tuple(fc.nat({ max: 120 }), fc.integer({ min: 1, max: 50 }))), (segmentBytes, size, changes) => {
        const planner = new Planner({ order: 'cached' });
        const task = planner.addTask();
        planner.addFile(0, size, segmentBytes, 0);
        const { units } = planner;
        for (let unit = 0; unit < units.length; unit++) planner.need(unit, task);
        assert.equal(units.segmentBytes(0) % PAGE_BYTES, 0);
        assert.equal(units.bytes.subarray(0, units.length).reduce((sum, bytes) => sum + bytes), size);
        for (const [index, pages] of changes) planner.pagesChanged(0, index, pages, 1);
        const resident = (): number => units.resident.subarray(0, units.length).reduce((sum, pages) => sum + pages, 0);
        assert.equal(resident(), changes.reduce((sum, [, pages]) => sum + pages, 0));
        for (const [index, pages] of changes) planner.pagesChanged(0, index, pages, -1);
        assert.equal(resident(), 0);
        assert.equal(planner.next(task, 0), undefined);
      }),
    );
  });

  it('gives out cold files in the order asked for, whatever is cached or in process', () => {
    const names = ['b', 'a', 'c'];
    const planner = new Planner({ order: 'given', compareFiles: (x, y) => (names[x] < names[y] ? -1 : 1) });
    const tasks = [planner.addTask(), planner.addTask()];
    for (let slot = 0; slot < 3; slot++) for (const task of tasks) planner.need(slot === 0 || !planner.has(slot) ? addOnce(planner, slot) : planner.units.first(slot), task);
    planner.pagesChanged(2, 0, 1, 1);
    assert.equal(planner.next(tasks[0], 0), undefined);
    planner.allowCold();
    const order = (task: number): (string | undefined)[] => [0, 1, 2, 3].map(() => planner.next(task, 0)).map((pick) => pick && `${pick.reason} ${names[planner.units.slot[pick.unit]]}`);
    assert.deepEqual(planner.next(tasks[0], 0)?.unit, planner.units.first(1));
    assert.deepEqual(planner.next(tasks[0], 0)?.unit, planner.units.first(0));
    assert.deepEqual(order(tasks[1]), ['cold a', 'cold b', 'cold c', undefined]);
  });
});

function addOnce(planner: Planner, slot: number): number {
  return planner.has(slot) ? planner.units.first(slot) : planner.addFile(slot, 1, 0, 0);
}

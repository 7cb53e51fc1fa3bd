import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAGE_BYTES } from '../../src/model/index.js';
import { Planner } from '../../src/planner/index.js';
import { ColdQueue } from '../../src/planner/cold-queue.js';
import { ResidentHeap } from '../../src/planner/resident-heap.js';

interface ModelUnit {
  readonly slot: number;
  readonly pages: number;
  readonly first: number;
  readonly physical: number;
  resident: number;
  readonly needed: Set<number>;
  /** Tasks that are at it, and whether it was cached when they got it. */
  readonly busy: Map<number, boolean>;
}

/** The planner as a list of units that is searched from end to end. */
class PlannerModel {
  readonly units: ModelUnit[] = [];
  /** Units in process, in the order in which they were begun. */
  readonly inFlight: number[] = [];
  readonly order: 'cached' | 'given';
  coldAllowed = false;

  constructor(order: 'cached' | 'given') {
    this.order = order;
  }

  addFile(slot: number, size: number, segmentPages: number, physical: number): void {
    const pages = Math.ceil(size / PAGE_BYTES);
    const count = segmentPages === 0 ? 1 : Math.max(Math.ceil(pages / segmentPages), 1);
    for (let i = 0; i < count; i++) {
      const first = i * segmentPages;
      const last = i === count - 1;
      this.units.push({ slot, first, pages: last ? Infinity : segmentPages, physical: physical + first * PAGE_BYTES, resident: 0, needed: new Set(), busy: new Map() });
    }
  }

  pagesChanged(slot: number, index: number, pages: number, sign: 1 | -1): void {
    for (const unit of this.units) {
      if (unit.slot !== slot) continue;
      const here = Math.max(Math.min(index + pages, unit.first + unit.pages) - Math.max(index, unit.first), 0);
      unit.resident = Math.max(unit.resident + sign * here, 0);
    }
  }

  next(task: number): { unit: number; reason: string } | undefined {
    const open = [...this.units.keys()].filter((unit) => this.units[unit].needed.has(task) && !this.units[unit].busy.has(task));
    const cached = open.filter((unit) => this.units[unit].resident > 0).sort((a, b) => this.units[b].resident - this.units[a].resident || a - b);
    if (this.order === 'cached' && cached.length > 0) return this.#begin(cached[0], task, 'cached');
    const shared = this.inFlight.find((unit) => open.includes(unit));
    if (this.order === 'cached' && shared !== undefined) return this.#begin(shared, task, 'inflight');
    if (!this.coldAllowed || this.units.some((unit) => unit.busy.get(task) === true)) return undefined;
    const place = (unit: number): number => this.units[unit].physical;
    const cold = open.sort((a, b) => (place(a) === place(b) ? a - b : place(a) - place(b)));
    return cold.length === 0 ? undefined : this.#begin(cold[0], task, 'cold');
  }

  settle(unit: number, task: number, again: boolean): void {
    this.units[unit].busy.delete(task);
    if (this.units[unit].busy.size === 0) this.inFlight.splice(this.inFlight.indexOf(unit), 1);
    if (!again) this.units[unit].needed.delete(task);
  }

  #begin(unit: number, task: number, reason: string): { unit: number; reason: string } {
    this.units[unit].busy.set(task, reason === 'cached');
    if (!this.inFlight.includes(unit)) this.inFlight.push(unit);
    return { unit, reason };
  }
}

const TASKS = 3;
const SLOTS = 6;
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('addFile' as const), slot: fc.nat({ max: SLOTS - 1 }), pages: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 300 })), segmentPages: fc.constantFrom(0, 0, 8, 64), physical: fc.constantFrom(0, 4096, 81920, 40960, Infinity) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('pages' as const), slot: fc.nat({ max: SLOTS }), index: fc.nat({ max: 320 }), pages: fc.integer({ min: 1, max: 90 }), sign: fc.constantFrom(1 as const, -1 as const) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constantFrom('need' as const, 'need' as const, 'drop' as const), task: fc.nat({ max: TASKS - 1 }), unit: fc.nat({ max: 60 }) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('next' as const), task: fc.nat({ max: TASKS - 1 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(), again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('allowCold' as const) }) },
);

describe('Planner', () => {
  it('picks what a search of all units picks (property)', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.constantFrom('cached' as const, 'cached' as const, 'given' as const), fc.array(step, { maxLength: 150, size: 'max' }), (order, steps) => {
        const planner = new Planner({ order });
        const model = new PlannerModel(order);
        for (let task = 0; task < TASKS; task++) assert.equal(planner.addTask(), task);
        const busy: { unit: number; task: number }[] = [];
        for (const one of steps) {
          if (one.do === 'addFile' && !planner.has(one.slot)) {
            assert.equal(planner.addFile(one.slot, one.pages * PAGE_BYTES, one.segmentPages * PAGE_BYTES, one.physical), model.units.length);
            model.addFile(one.slot, one.pages * PAGE_BYTES, one.segmentPages, one.physical);
            assert.equal(planner.units.length, model.units.length);
          } else if (one.do === 'pages') {
            planner.pagesChanged(one.slot, one.index, one.pages, one.sign);
            model.pagesChanged(one.slot, one.index, one.pages, one.sign);
          } else if (one.do === 'need' && one.unit < model.units.length) {
            planner.need(one.unit, one.task);
            model.units[one.unit].needed.add(one.task);
          } else if (one.do === 'drop' && one.unit < model.units.length) {
            planner.drop(one.unit, one.task);
            if (!model.units[one.unit].busy.has(one.task)) model.units[one.unit].needed.delete(one.task);
          } else if (one.do === 'next') {
            const pick = planner.next(one.task);
            assert.deepEqual(pick, model.next(one.task));
            if (pick !== undefined) busy.push({ unit: pick.unit, task: one.task });
          } else if (one.do === 'settle' && busy.length > 0) {
            const [{ unit, task }] = busy.splice(one.which % busy.length, 1);
            planner.settle(unit, task, one.again ? 'again' : 'settled');
            model.settle(unit, task, one.again);
          } else if (one.do === 'allowCold') {
            planner.allowCold();
            model.coldAllowed = true;
          }
          for (let task = 0; task < TASKS; task++) {
            assert.equal(planner.left(task), model.units.filter((unit) => unit.needed.has(task)).length);
            assert.equal(planner.busy(task), model.units.filter((unit) => unit.busy.has(task)).length);
          }
          for (const [unit, { resident }] of model.units.entries()) assert.equal(planner.units.resident[unit], resident);
        }
      }),
      { numRuns: 500 },
    );
  });

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
        assert.equal(planner.next(task), undefined);
      }),
    );
  });

  it('gives out cold files in the order asked for, whatever is cached or in process', () => {
    const names = ['b', 'a', 'c'];
    const planner = new Planner({ order: 'given', compareFiles: (x, y) => (names[x] < names[y] ? -1 : 1) });
    const tasks = [planner.addTask(), planner.addTask()];
    for (let slot = 0; slot < 3; slot++) for (const task of tasks) planner.need(slot === 0 || !planner.has(slot) ? addOnce(planner, slot) : planner.units.first(slot), task);
    planner.pagesChanged(2, 0, 1, 1);
    assert.equal(planner.next(tasks[0]), undefined);
    planner.allowCold();
    const order = (task: number): (string | undefined)[] => [0, 1, 2, 3].map(() => planner.next(task)).map((pick) => pick && `${pick.reason} ${names[planner.units.slot[pick.unit]]}`);
    assert.deepEqual(planner.next(tasks[0])?.unit, planner.units.first(1));
    assert.deepEqual(planner.next(tasks[0])?.unit, planner.units.first(0));
    assert.deepEqual(order(tasks[1]), ['cold a', 'cold b', 'cold c', undefined]);
  });
});

function addOnce(planner: Planner, slot: number): number {
  return planner.has(slot) ? planner.units.first(slot) : planner.addFile(slot, 1, 0, 0);
}

describe('ResidentHeap', () => {
  it('has first the unit with most resident pages (property)', () => {
    const change = fc.record({ unit: fc.nat({ max: 2000 }), resident: fc.nat({ max: 5 }), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: 'max' }), (changes) => {
        const resident = new Map<number, number>();
        const heap = new ResidentHeap((unit) => resident.get(unit) ?? 0);
        const members = new Set<number>();
        for (const one of changes) {
          if (one.remove) {
            heap.remove(one.unit);
            members.delete(one.unit);
          } else {
            resident.set(one.unit, one.resident);
            heap.update(one.unit);
            if (one.resident === 0) members.delete(one.unit);
            else members.add(one.unit);
          }
          const best = [...members].sort((a, b) => (resident.get(b) ?? 0) - (resident.get(a) ?? 0) || a - b)[0] ?? -1;
          assert.equal(heap.first(), best);
          assert.equal(heap.size, members.size);
          assert.equal(heap.has(one.unit), members.has(one.unit));
        }
      }),
    );
  });
});

describe('ColdQueue', () => {
  it('gives units back in order, as often as they were put in (property)', () => {
    const act = fc.oneof(fc.nat({ max: 50 }), fc.constant(-1));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300, size: 'max' }), (acts) => {
        const queue = new ColdQueue((a, b) => a < b);
        const model: number[] = [];
        for (const one of acts) {
          if (one === -1) {
            assert.equal(queue.pop(), model.shift() ?? -1);
          } else {
            queue.push(one);
            model.push(one);
            model.sort((a, b) => a - b);
          }
          assert.equal(queue.size, model.length);
        }
      }),
    );
  });
});

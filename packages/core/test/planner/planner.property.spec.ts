import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAGE_BYTES } from '../../src/model/index.js';
import { Planner } from '../../src/planner/index.js';
import type { Grain, Pick } from '../../src/planner/index.js';
import { PlannerModel } from './planner-model.js';
import type { ModelPick } from './planner-model.js';

const TASKS = 6;
const SLOTS = 6;
const grain = fc.record({ units: fc.constantFrom(1, 1, 1, 3, Infinity, (slot: number) => (slot % 2 === 0 ? 1 : 2)), inOrder: fc.constantFrom(false, true, (slot: number) => slot % 2 === 0) });
const task = fc.nat({ max: TASKS - 1 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('addFile' as const), slot: fc.nat({ max: SLOTS - 1 }), pages: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 900 })), segmentPages: fc.constantFrom(0, 8, 64), physical: fc.constantFrom(0, 4096, 81920, 40960, Infinity), needed: fc.array(task, { maxLength: TASKS }) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('pages' as const), slot: fc.nat({ max: SLOTS }), index: fc.nat({ max: 320 }), pages: fc.integer({ min: 1, max: 90 }), sign: fc.constantFrom(1 as const, -1 as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('need' as const, 'need' as const, 'drop' as const), task, unit: fc.nat({ max: 60 }) }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('next' as const), task, ms: fc.nat({ max: 200 }) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(), outcome: fc.constantFrom('settled' as const, 'settled' as const, 'again' as const, 'dropped' as const), ms: fc.nat({ max: 200 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('allowCold' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('addTask' as const), grain }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeTask' as const), task }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeFile' as const), slot: fc.nat({ max: SLOTS - 1 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('budget' as const), pages: fc.constantFrom(8, 40, 100, 1000, Infinity) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('headroom' as const), pages: fc.constantFrom(0, 30, 500, Infinity) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('declare' as const), task, deadline: fc.option(fc.oneof(fc.nat({ max: 900 }), fc.nat({ max: 8000 }))), files: fc.option(fc.nat({ max: 6 })), bytes: fc.option(fc.nat({ max: 400_000 })) }) },
);

describe('Planner, against a model', () => {
  it('picks what a search of all units picks (property)', function () {
    this.timeout(240_000);
    fc.assert(
      fc.property(fc.constantFrom('cached' as const, 'cached' as const, 'cached' as const, 'given' as const), fc.array(grain, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 200, size: 'max' }), (order, grains, steps) => {
        const consumed: number[] = [];
        const planner = new Planner({ order, consumed: (unit) => consumed.push(unit) });
        const model = new PlannerModel(order);
        const addTask = (grain: Grain): void => {
          assert.equal(planner.addTask(grain), model.tasks.length);
          model.addTask(grain);
        };
        grains.forEach(addTask);
        const busy: { pick: Pick; modelPick: ModelPick; task: number }[] = [];
        let now = 0;
        for (const one of steps) {
          if ('task' in one && one.task >= model.tasks.length) continue;
          if ('unit' in one && one.unit >= model.units.length) continue;
          if ('ms' in one) now += one.ms;
          if (one.do === 'addFile' && !planner.has(one.slot)) {
            const first = model.units.length;
            assert.equal(planner.addFile(one.slot, one.pages * PAGE_BYTES - 1 * Number(one.pages > 0), one.segmentPages * PAGE_BYTES, one.physical), first);
            model.addFile(one.slot, one.pages * PAGE_BYTES - 1 * Number(one.pages > 0), one.segmentPages * PAGE_BYTES, one.physical);
            assert.equal(planner.units.length, model.units.length);
            for (const task of one.needed) {
              for (let unit = first; unit < model.units.length && task < model.tasks.length; unit++) {
                planner.need(unit, task);
                model.need(unit, task);
              }
            }
          } else if (one.do === 'pages') {
            planner.pagesChanged(one.slot, one.index, one.pages, one.sign);
            model.pagesChanged(one.slot, one.index, one.pages, one.sign);
          } else if (one.do === 'need' || one.do === 'drop') {
            planner[one.do](one.unit, one.task);
            model[one.do](one.unit, one.task);
          } else if (one.do === 'next') {
            const pick = planner.next(one.task, now);
            const modelPick = model.next(one.task, now);
            assert.deepEqual(pick, modelPick);
            if (pick !== undefined && modelPick !== undefined) busy.push({ pick, modelPick, task: one.task });
          } else if (one.do === 'settle' && busy.length > 0) {
            const [{ pick, modelPick, task }] = busy.splice(one.which % busy.length, 1);
            planner.settle(pick, task, one.outcome, now);
            model.settle(modelPick, one.outcome, now);
          } else if (one.do === 'allowCold') {
            planner.allowCold();
            model.coldAllowed = true;
          } else if (one.do === 'addTask' && model.tasks.length < TASKS) {
            addTask(one.grain);
          } else if (one.do === 'removeTask') {
            planner.removeTask(one.task);
            model.removeTask(one.task);
          } else if (one.do === 'removeFile') {
            planner.removeFile(one.slot);
            for (const task of model.tasks) for (const unit of model.units) if (unit.slot === one.slot) model.drop(unit.number, task.number);
          } else if (one.do === 'budget') {
            planner.setBudget(one.pages * PAGE_BYTES);
            model.budget = one.pages * PAGE_BYTES;
          } else if (one.do === 'headroom') {
            planner.setHeadroom(one.pages * PAGE_BYTES);
            model.headroom = one.pages * PAGE_BYTES;
          } else if (one.do === 'declare') {
            const declaration = {
              ...(one.deadline === null ? {} : { deadlineMs: now + one.deadline }),
              needed: { ...(one.files === null ? {} : { files: one.files }), ...(one.bytes === null ? {} : { bytes: one.bytes }) },
            };
            planner.declare(one.task, declaration, now);
            model.declare(one.task, declaration, now);
          }
          for (const { number } of model.tasks) {
            const needed = model.units.filter((unit) => unit.needed.has(number));
            assert.equal(planner.left(number), needed.length);
            assert.equal(planner.bytesLeft(number), needed.reduce((sum, { bytes }) => sum + bytes, 0));
            assert.equal(planner.busy(number), busy.filter(({ task }) => task === number).length);
          }
          for (const { number, resident } of model.units) assert.equal(planner.units.resident[number], resident);
          assert.equal(planner.outstandingBytes, model.outstanding);
          // Several units that leave together are told in no order that matters.
          assert.deepEqual(consumed.toSorted((a, b) => a - b), model.consumed.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('never stands still while something is needed (property)', () => {
    const file = fc.record({ pages: fc.nat({ max: 60 }), segmentPages: fc.constantFrom(0, 4, 8), needed: fc.array(fc.nat({ max: 3 }), { minLength: 1 }), cached: fc.nat({ max: 60 }) });
    fc.assert(
      fc.property(fc.array(grain, { minLength: 4, maxLength: 4 }), fc.array(file, { maxLength: 12 }), fc.constantFrom(0, 4, 20, 100), fc.constantFrom(0, 10, Infinity), fc.infiniteStream(fc.nat()), (grains, files, budgetPages, headroomPages, choice) => {
        const planner = new Planner({ order: 'cached' });
        grains.forEach((grain) => planner.addTask(grain));
        planner.setBudget(budgetPages * PAGE_BYTES);
        planner.setHeadroom(headroomPages * PAGE_BYTES);
        planner.allowCold();
        files.forEach(({ pages, segmentPages, needed, cached }, slot) => {
          const first = planner.addFile(slot, pages * PAGE_BYTES, segmentPages * PAGE_BYTES, slot);
          for (const task of needed) for (let unit = first; unit < planner.units.length; unit++) planner.need(unit, task);
          if (cached > 0) planner.pagesChanged(slot, 0, cached, 1);
        });
        const busy: [Pick, number][] = [];
        const all = [0, 1, 2, 3];
        while (all.some((task) => planner.left(task) > 0)) {
          for (const task of all) {
            const pick = planner.next(task, 0);
            if (pick !== undefined) busy.push([pick, task]);
          }
          assert.ok(busy.length > 0, 'nothing goes on');
          const [[pick, task]] = busy.splice(choice.next().value % busy.length, 1);
          planner.settle(pick, task, 'settled', 0);
        }
        assert.equal(planner.outstandingBytes, 0);
      }),
      { numRuns: 300 },
    );
  });
});

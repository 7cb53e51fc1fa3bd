import assert from 'node:assert/strict';
import fc from 'fast-check';
import { feasible } from '../../src/simulate/feasible.js';
import { optimum } from '../../src/simulate/optimum.js';
import { parseTask } from '../../src/simulate/task-spec.js';
import type { TaskSpec } from '../../src/simulate/task-spec.js';
import { unitClasses } from '../../src/simulate/unit-classes.js';
import { Windows } from '../../src/simulate/windows.js';

const TASKS = 4;
const LAST = 6;
const window = fc.tuple(fc.nat({ max: LAST }), fc.nat({ max: LAST })).map(([a, b]) => ({ startMs: Math.min(a, b), deadlineMs: Math.max(a, b) }));
const windows = fc.array(window, { minLength: TASKS, maxLength: TASKS });
const masks = fc.array(fc.nat({ max: 2 ** TASKS - 1 }), { maxLength: 4 });
const subsets = (size: number): number[][] => Array.from({ length: 2 ** size }, (_, bits) => [...Array(size).keys()].filter((i) => bits & (1 << i)));

/** The fewest moments of all sets of moments that serve these tasks. */
function fewest(all: readonly { startMs: number; deadlineMs: number }[], tasks: readonly number[]): number {
  const serves = (moments: readonly number[]): boolean => tasks.every((task) => moments.some((ms) => all[task].startMs <= ms && ms <= all[task].deadlineMs));
  return Math.min(...subsets(LAST + 1).filter(serves).map((moments) => moments.length));
}

const tasksOf = (mask: number): number[] => [...Array(TASKS).keys()].filter((task) => mask & (1 << task));

function specs(all: readonly { startMs: number; deadlineMs: number }[]): TaskSpec[] {
  return all.map((one) => ({ ...(parseTask('task speed=1') as TaskSpec), ...one }));
}

describe('the optimum', () => {
  it('reads as rarely as any set of moments allows, less what applications read (property)', () => {
    fc.assert(
      fc.property(windows, masks, fc.array(fc.record({ unit: fc.nat({ max: 3 }), atMs: fc.nat({ max: LAST }) }), { maxLength: 3 }), (all, needs, accesses) => {
        const known = new Windows(all);
        const free = new Uint16Array(needs.length);
        for (const { unit, atMs } of accesses) if (unit < needs.length) free[unit] |= known.at(atMs);
        const served = (unit: number, task: number): boolean => accesses.some((access) => access.unit === unit && all[task].startMs <= access.atMs && access.atMs <= all[task].deadlineMs);
        const found = optimum(unitClasses(Uint16Array.from(needs), free, specs(all)), known, all.map(() => Infinity));
        assert.equal(found.reads, needs.reduce((sum, mask, unit) => sum + fewest(all, tasksOf(mask).filter((task) => !served(unit, task))), 0));
      }),
    );
  });

  it('has a task that may choose take what costs least (property)', () => {
    fc.assert(
      fc.property(windows, masks, fc.double({ min: 0, max: 0.99, noNaN: true }), (all, needs, enough) => {
        const known = new Windows(all);
        const may = needs.map((mask, unit) => (mask & 1 ? unit : -1)).filter((unit) => unit >= 0);
        const size = Math.ceil(may.length * enough);
        const tasks = specs(all).map((spec, task) => (task === 0 ? { ...spec, enough } : spec));
        const found = optimum(unitClasses(Uint16Array.from(needs), undefined, tasks), known, all.map((_, task) => (task === 0 ? size : Infinity)));
        const choices = subsets(may.length).filter((choice) => choice.length === size).map((choice) => choice.map((i) => may[i]));
        const cost = (chosen: readonly number[]): number => needs.reduce((sum, mask, unit) => sum + fewest(all, tasksOf(chosen.includes(unit) ? mask : mask & ~1)), 0);
        assert.equal(found.reads, Math.min(...choices.map(cost)));
      }),
    );
  });

  it('meets the deadlines for which disk and task are fast enough', () => {
    const tasks = specs([{ startMs: 0, deadlineMs: 100 }, { startMs: 0, deadlineMs: 150 }, { startMs: 0, deadlineMs: 200 }, { startMs: 0, deadlineMs: 1000 }]);
    const classes = unitClasses(Uint16Array.from([...Array(10).fill(0b0001), ...Array(10).fill(0b0010), ...Array(5).fill(0b1101)]), undefined, tasks);
    const speeds = { diskUnitMs: 10, taskUnitMs: [1, 1, 1, 300], units: [15, 10, 5, 5] };
    // The first needs 150 ms of the disk in 100 ms; without it 100 and 150 ms suffice; the last one takes 1500 ms itself.
    assert.deepEqual(feasible(tasks, classes, speeds), [false, true, true, false]);
  });
});

import assert from 'node:assert/strict';
import { PAGE_BYTES } from '../../src/model/index.js';
import { Planner } from '../../src/planner/index.js';
import type { Grain, Pick, PlannerOptions } from '../../src/planner/index.js';

/** Pages a file in these tests; a file is one unit unless said otherwise. */
const PAGES = 16;
const FILE_BYTES = PAGES * PAGE_BYTES;

/** A planner with tasks and files, and what it has read from the disk. */
class Run {
  readonly planner: Planner;
  /** Cold picks: how often each unit was read. */
  readonly reads = new Map<number, number>();
  now = 0;

  constructor(options: Partial<PlannerOptions> = {}) {
    this.planner = new Planner({ order: 'cached', ...options });
    this.planner.allowCold();
  }

  /** Files of one size, numbered and placed from 0. */
  addFiles(count: number, segmentBytes = 0, size = FILE_BYTES): void {
    for (let slot = 0; slot < count; slot++) this.planner.addFile(slot, size, segmentBytes, slot * size);
  }

  /** A task that needs these units; all by default. */
  join(units: Iterable<number> = this.planner.units.slot.subarray(0, this.planner.units.length).keys(), grain: Grain = {}): number {
    const task = this.planner.addTask(grain);
    for (const unit of units) this.planner.need(unit, task);
    return task;
  }

  begin(task: number): Pick | undefined {
    const pick = this.planner.next(task, this.now);
    if (pick?.reason === 'cold') for (let unit = pick.unit; unit < pick.unit + pick.count; unit++) this.reads.set(unit, (this.reads.get(unit) ?? 0) + 1);
    return pick;
  }

  end(pick: Pick | undefined, task: number): void {
    assert.ok(pick !== undefined);
    this.now += 10;
    this.planner.settle(pick, task, 'settled', this.now);
  }

  /** One unit from begin to end; whether there was one. */
  step(task: number): boolean {
    const pick = this.begin(task);
    if (pick !== undefined) this.end(pick, task);
    return pick !== undefined;
  }

  cache(unit: number, pages = PAGES): void {
    this.planner.pagesChanged(this.planner.units.slot[unit], 0, pages, 1);
  }

  get unitsRead(): number {
    return [...this.reads.values()].reduce((sum, times) => sum + times, 0);
  }
}

describe('tasks that share what is read', () => {
  it('read each file once, however unequal their speeds are', () => {
    const run = new Run();
    run.addFiles(40);
    run.planner.setBudget(4 * FILE_BYTES);
    const [slow, fast, middle] = [run.join(), run.join(), run.join()];
    for (let turn = 0; [slow, fast, middle].some((task) => run.planner.left(task) > 0); turn++) {
      if (turn % 7 === 0) run.step(slow);
      if (turn % 2 === 0) run.step(middle);
      run.step(fast);
    }
    assert.equal(run.unitsRead, 40);
  });

  it('have no more outstanding than the budget: the fast one waits for the slow one', () => {
    const run = new Run();
    run.addFiles(10);
    run.planner.setBudget(3 * FILE_BYTES);
    const [slow, fast] = [run.join(), run.join()];
    const late = run.begin(slow);
    for (let i = 0; i < 3; i++) assert.ok(run.step(fast));
    assert.equal(run.planner.outstandingBytes, 3 * FILE_BYTES);
    assert.equal(run.begin(fast), undefined);
    run.end(late, slow);
    assert.deepEqual(run.begin(fast), { unit: 3, count: 1, reason: 'cold' });
    assert.equal(run.begin(fast), undefined);
  });

  it('consume what was brought in in the order in which it came', () => {
    const run = new Run();
    run.addFiles(6);
    const [slow, fast] = [run.join(), run.join()];
    for (let i = 0; i < 4; i++) run.step(fast);
    run.cache(2, 9);
    run.cache(3, 12);
    assert.deepEqual([1, 2, 3, 4].map(() => run.begin(slow)).map((pick) => [pick?.unit, pick?.reason]), [[0, 'inflight'], [1, 'inflight'], [2, 'inflight'], [3, 'inflight']]);
  });

  it('that join late read what was missed once for all that still need it', () => {
    const files = 60;
    const run = new Run();
    run.addFiles(files);
    run.planner.setBudget(5 * FILE_BYTES);
    const first = run.join();
    while (run.planner.left(first) > files / 2) run.step(first);
    const second = run.join();
    while (run.planner.left(second) > files / 2) [first, second].forEach((task) => run.step(task));
    const third = run.join();
    while ([first, second, third].some((task) => run.planner.left(task) > 0)) [third, second, first].forEach((task) => run.step(task));
    // The first half: by the first one alone, then by the second with the third. The other half: by the first with the second, then by the third alone.
    assert.equal(run.unitsRead, 2 * files);
  });

  it('begin with what most of them need', () => {
    const run = new Run();
    run.addFiles(6);
    const [one, two, all] = [run.join([1, 2]), run.join([2, 4]), run.join()];
    assert.deepEqual([1, 2, 3].map(() => run.begin(all)?.unit), [2, 1, 4]);
    assert.equal(run.begin(one)?.unit, 2);
    assert.equal(run.begin(two)?.unit, 2);
  });

  it('do not read a file that is deleted before its turn', () => {
    const run = new Run();
    run.addFiles(3);
    const [one, two] = [run.join(), run.join()];
    run.planner.removeFile(1);
    while (run.step(one) || run.step(two));
    assert.deepEqual([...run.reads.keys()], [0, 2]);
    assert.equal(run.planner.left(one) + run.planner.left(two), 0);
  });

  it('need nothing of one another any more when one leaves', () => {
    const consumed: number[] = [];
    const run = new Run({ consumed: (unit) => consumed.push(unit) });
    run.addFiles(4);
    run.planner.setBudget(2 * FILE_BYTES);
    const [gone, stays] = [run.join(), run.join()];
    assert.ok(run.begin(gone));
    assert.ok(run.step(stays) && run.step(stays) && !run.step(stays));
    assert.deepEqual(consumed, []);
    run.planner.removeTask(gone);
    assert.deepEqual(consumed, [1]);
    assert.ok(run.step(stays) && run.step(stays));
    assert.equal(run.planner.next(gone, run.now), undefined);
  });
});

describe('what is cached', () => {
  it('is not evicted by cold units while a task can still take it', () => {
    const run = new Run();
    run.addFiles(6);
    run.planner.setHeadroom(FILE_BYTES);
    run.cache(0);
    run.cache(1);
    const [slow, fast] = [run.join(), run.join()];
    const late = run.begin(slow);
    assert.deepEqual([1, 2].map(() => run.step(fast)), [true, true]);
    assert.equal(run.begin(fast)?.reason, 'cold');
    assert.equal(run.begin(fast), undefined, 'there is no room left, and the slow one has yet to take a cached file');
    run.end(late, slow);
    run.step(slow);
    assert.equal(run.begin(fast)?.reason, 'cold');
  });

  it('by an application is never told as consumed, what the run brought in is', () => {
    const consumed: number[] = [];
    const run = new Run({ consumed: (unit) => consumed.push(unit) });
    run.addFiles(3);
    run.cache(0);
    run.cache(1, PAGES / 2);
    const [one, two] = [run.join(), run.join()];
    while (run.step(one));
    assert.deepEqual(consumed, []);
    while (run.step(two));
    assert.deepEqual(consumed, [1, 2]);
  });

  it('in part waits for room as cold units do, and counts what is missing', () => {
    const run = new Run();
    run.addFiles(4);
    run.planner.setBudget(FILE_BYTES);
    run.cache(2, PAGES - 2);
    run.cache(3, PAGES - 1);
    const [one] = [run.join(), run.join()];
    run.step(one);
    run.step(one);
    assert.equal(run.planner.outstandingBytes, 3 * PAGE_BYTES);
    assert.equal(run.begin(one), undefined, 'a whole file does not fit beside it');
  });
});

describe('the budget', () => {
  it('shrinks when what is still needed leaves the cache, and grows back with what is consumed', () => {
    const run = new Run();
    run.addFiles(80);
    run.planner.setBudget(8 * FILE_BYTES);
    const [slow, fast] = [run.join(), run.join()];
    const busy = run.begin(slow);
    for (let i = 0; i < 8; i++) {
      run.step(fast);
      run.cache(i);
    }
    run.planner.pagesChanged(1, 0, 4, -1);
    assert.equal(run.planner.budgetBytes, 6 * FILE_BYTES);
    run.planner.pagesChanged(1, 4, 4, -1);
    assert.equal(run.planner.budgetBytes, 6 * FILE_BYTES, 'more of the same is no news');
    run.end(busy, slow);
    run.step(slow);
    run.step(slow);
    assert.equal(run.planner.budgetBytes, 6.375 * FILE_BYTES);
    for (let i = 0; i < 20; i++) [slow, fast].forEach((task) => run.step(task));
    assert.equal(run.planner.budgetBytes, 8 * FILE_BYTES);
  });

  it('does not count what was evicted: it is cold again', () => {
    const run = new Run();
    run.addFiles(3);
    const [slow, fast] = [run.join(), run.join()];
    run.step(fast);
    run.cache(0);
    run.planner.pagesChanged(0, 0, PAGES, -1);
    assert.equal(run.planner.outstandingBytes, 0);
    const taken: (number | undefined)[] = [];
    for (const task of [slow, fast, slow, fast, slow]) {
      const pick = run.begin(task);
      taken.push(pick?.unit);
      run.end(pick, task);
    }
    assert.deepEqual(taken, [1, 1, 2, 2, 0], 'what both need goes first');
  });
});

describe('a flexible task', () => {
  it('costs no reads: it takes what others read, and has enough then', () => {
    const run = new Run();
    run.addFiles(20);
    const [firm, flexible] = [run.join([0, 2, 4, 6, 8, 10, 12]), run.join()];
    run.planner.declare(flexible, { needed: { files: 4 } }, 0);
    assert.equal(run.begin(flexible), undefined);
    while (run.step(firm)) run.step(flexible);
    assert.equal(run.unitsRead, 7);
    assert.equal(run.planner.left(flexible), 0);
  });

  it('alone reads as much as suffices', () => {
    const run = new Run();
    run.addFiles(20);
    run.cache(7);
    const task = run.join();
    run.planner.declare(task, { needed: { bytes: 3 * FILE_BYTES - 1 } }, 0);
    const taken: number[] = [];
    for (let pick = run.begin(task); pick !== undefined; pick = run.begin(task)) {
      taken.push(pick.unit);
      run.end(pick, task);
    }
    assert.deepEqual(taken, [7, 0, 1]);
    assert.equal(run.planner.left(task), 0);
  });
});

describe('a deadline', () => {
  /** What is left takes so long by the first guess, in milliseconds. */
  const guessMs = (files: number): number => files * (10 + FILE_BYTES / 30_000);

  it('that is far away leaves the disk alone, but not what is cached or read by others', () => {
    const run = new Run();
    run.addFiles(10);
    run.cache(5);
    const [patient, other] = [run.join(), run.join([8])];
    run.planner.declare(patient, { deadlineMs: 100_000 }, 0);
    assert.equal(run.begin(patient)?.unit, 5);
    assert.equal(run.begin(patient), undefined);
    run.step(other);
    assert.deepEqual(run.begin(patient), { unit: 8, count: 1, reason: 'inflight' });
    assert.equal(run.begin(patient), undefined);
  });

  it('has the disk read in time', () => {
    const run = new Run();
    run.addFiles(10);
    const task = run.join();
    run.planner.declare(task, { deadlineMs: 100_000 }, 0);
    run.now = 90_000 - 2 * guessMs(10) - 200;
    assert.equal(run.begin(task), undefined);
    run.now += 400;
    assert.equal(run.begin(task)?.reason, 'cold');
  });

  it('has the disk read early enough for the slowest that shares its units', () => {
    const run = new Run();
    run.addFiles(60);
    const [slow, fast] = [run.join(), run.join()];
    for (let i = 0; i < 20; i++) {
      run.step(fast);
      const pick = run.begin(slow);
      run.now += 190;
      run.end(pick, slow);
    }
    // 40 units are left: 8 s for the slow one, less than a tenth of that for the fast one.
    const declaredMs = run.now;
    run.planner.declare(slow, { deadlineMs: declaredMs + 1_000_000 }, declaredMs);
    run.planner.declare(fast, { deadlineMs: declaredMs + 20_000 }, declaredMs);
    run.now = declaredMs + 18_000 - 8000 * 1.5 - 200;
    assert.equal(run.begin(fast), undefined);
    run.now += 400;
    assert.equal(run.begin(fast)?.reason, 'cold');
  });

  it('that presses leads: others read nothing that it does not need', () => {
    const run = new Run();
    run.addFiles(10);
    const [urgent, other] = [run.join([7, 8, 9]), run.join()];
    run.planner.declare(urgent, { deadlineMs: guessMs(3) * 1.3 }, 0);
    assert.equal(run.begin(other)?.unit, 7);
    run.planner.removeTask(urgent);
    assert.equal(run.begin(other)?.unit, 0);
  });

  it('leads only with what it needs itself', () => {
    const run = new Run();
    run.addFiles(10);
    const [urgent, other] = [run.join([0, 1]), run.join([5, 6])];
    run.planner.declare(urgent, { deadlineMs: guessMs(2) * 1.3 }, 0);
    assert.equal(run.begin(other), undefined);
    assert.ok(run.step(urgent) && run.step(urgent));
    run.now += 100;
    assert.equal(run.begin(other)?.unit, 5);
  });

  it('counts what earlier ones need, and what both need once', () => {
    for (const shared of [false, true]) {
      const run = new Run();
      run.addFiles(40);
      const units = (from: number): number[] => [...Array(20).keys()].map((i) => from + i);
      const [sooner, later] = [run.join(units(0)), run.join(units(shared ? 0 : 20))];
      // Alone, each could wait; not so if the disk has to read twice as much.
      run.planner.declare(sooner, { deadlineMs: guessMs(20) * 3 }, 0);
      run.planner.declare(later, { deadlineMs: guessMs(20) * 3.1 }, 0);
      assert.equal(run.begin(later) === undefined, shared);
    }
  });

  it('weighs more than the budget when it would be missed otherwise', () => {
    const run = new Run();
    run.addFiles(10);
    run.planner.setBudget(FILE_BYTES);
    const [slow, urgent] = [run.join(), run.join()];
    assert.ok(run.begin(slow));
    run.step(urgent);
    assert.equal(run.begin(urgent), undefined);
    run.planner.declare(urgent, { deadlineMs: run.now + guessMs(9) }, run.now);
    assert.equal(run.begin(urgent)?.reason, 'cold');
  });

  it('that cannot be met is told early, with the rate that it would take, and again when it has passed', () => {
    const run = new Run();
    run.addFiles(100, 0, 10e6);
    const task = run.join();
    run.planner.declare(task, { deadlineMs: 50_000 }, 0);
    for (let i = 0; i < 10; i++) {
      assert.equal(run.planner.due(task, run.now), undefined);
      const pick = run.begin(task);
      run.now += 990;
      run.end(pick, task);
    }
    const { missed, bytesLeft, neededBytesPerSecond, bytesPerSecond } = run.planner.due(task, run.now)!;
    assert.deepEqual([missed, bytesLeft, neededBytesPerSecond, Math.round(bytesPerSecond)], [false, 900e6, 22.5e6, 10e6]);
    assert.equal(run.planner.due(task, run.now + 1), undefined);
    assert.equal(run.planner.due(task, 50_000)?.missed, true);
    assert.equal(run.planner.due(task, 50_001), undefined);
  });
});

describe('a grain', () => {
  it('of a file takes all of it at once', () => {
    const run = new Run();
    run.addFiles(2, FILE_BYTES, 5 * FILE_BYTES);
    const task = run.join(undefined, { units: Infinity });
    run.planner.pagesChanged(1, 3 * PAGES, PAGES, 1);
    assert.deepEqual([run.begin(task), run.begin(task)], [{ unit: 5, count: 5, reason: 'cached' }, undefined]);
  });

  it('of several units takes aligned runs', () => {
    const run = new Run();
    run.addFiles(1, FILE_BYTES, 5 * FILE_BYTES);
    const task = run.join(undefined, { units: 2 });
    run.planner.pagesChanged(0, 3 * PAGES, PAGES, 1);
    assert.deepEqual([1, 2, 3].map(() => (run.step(task) ? [...run.reads.keys()] : [])), [[], [0, 1], [0, 1, 4]]);
  });

  it('in order takes the units of a file one after the other', () => {
    const run = new Run();
    run.addFiles(2, FILE_BYTES, 3 * FILE_BYTES);
    const task = run.join(undefined, { inOrder: true });
    // Cached, but not the first one of its file.
    run.planner.pagesChanged(0, PAGES, PAGES, 1);
    const first = run.begin(task);
    assert.deepEqual(first, { unit: 0, count: 1, reason: 'cold' });
    assert.equal(run.begin(task)?.unit, 3);
    assert.equal(run.begin(task), undefined);
    run.end(first, task);
    assert.deepEqual(run.begin(task), { unit: 1, count: 1, reason: 'cached' });
  });

  it('in order shares with others what it can\'t take yet', () => {
    const run = new Run();
    run.addFiles(2, FILE_BYTES, 4 * FILE_BYTES);
    run.planner.setBudget(3 * FILE_BYTES);
    const [ordered, any] = [run.join(undefined, { inOrder: true }), run.join()];
    while (run.step(any) || run.step(ordered));
    assert.equal(run.unitsRead, 8);
  });
});

describe('a task that needs only what is left of some files', () => {
  it('gets these to their ends, in order, and nothing else; others still get all', () => {
    const planner = new Planner({ order: 'cached' });
    planner.allowCold();
    const [ending, other] = [planner.addTask({ inOrder: true }), planner.addTask()];
    for (const slot of [0, 1]) {
      const first = planner.addFile(slot, 3 * 2 ** 20, 2 ** 20, slot);
      for (let unit = first; unit < first + 3; unit++) for (const task of [ending, other]) planner.need(unit, task);
    }
    const begun = planner.next(ending, 0)!;
    planner.keepOnly(ending, (slot) => slot === planner.units.slot[begun.unit]);
    planner.settle(begun, ending, 'settled', 1);
    const taken = [begun.unit];
    for (let pick = planner.next(ending, 2); pick !== undefined; pick = planner.next(ending, 2)) {
      taken.push(pick.unit);
      planner.settle(pick, ending, 'settled', 3);
    }
    assert.deepEqual(taken, [0, 1, 2]);
    assert.equal(planner.left(ending), 0);
    assert.equal(planner.left(other), 6);
  });
});

describe('an explanation', () => {
  it('says what a pick was chosen from', () => {
    const run = new Run({ explain: true });
    run.addFiles(4);
    run.planner.setBudget(10 * FILE_BYTES);
    const [one, two] = [run.join(), run.join([0, 1, 2])];
    run.step(two);
    run.cache(1);
    run.cache(2, 3);
    assert.deepEqual(run.begin(one)?.why, {
      unit: 1,
      reason: 'cached',
      tasks: 2,
      residentBytes: FILE_BYTES,
      outstandingBytes: FILE_BYTES,
      budgetBytes: 10 * FILE_BYTES,
      deadlineLeads: false,
      runnersUp: [
        { unit: 2, reason: 'cached', tasks: 2, residentBytes: 3 * PAGE_BYTES },
        { unit: 0, reason: 'inflight', tasks: 1, residentBytes: 0 },
        { unit: 3, reason: 'cold', tasks: 1, residentBytes: 0 },
      ],
    });
  });
});

import assert from 'node:assert/strict';
import { outcomeOf } from '../../src/simulate/outcome.js';
import type { Outcome } from '../../src/simulate/outcome.js';
import { picture } from '../../src/simulate/picture.js';
import { request } from '../../src/simulate/request.js';

const UNITS = '20000';

/** What comes of a command line that asks for one scenario. */
function simulate(...args: string[]): Outcome {
  const asked = request(args);
  assert.ok(typeof asked !== 'string', asked as string);
  assert.equal(asked.scenarios.length, 1);
  return outcomeOf(asked.settingOf(asked.scenarios[0]));
}

function needlesslyLate(outcome: Outcome): string[] {
  return outcome.tasks.filter(({ isLate, isFeasible }) => isLate && isFeasible).map(({ name }) => name);
}

describe('simulate', function () {
  this.timeout(60_000);

  it('reads within 3 % of the optimum, and misses no deadline, with eight tasks of hours to weeks', () => {
    const outcome = simulate('deadlines', '--units', '100000');
    assert.equal(outcome.tasks.length, 8);
    assert.equal(outcome.optimumReads, 100_000);
    assert.ok(outcome.reads <= outcome.optimumReads * 1.03, `${outcome.reads}`);
    assert.deepEqual(needlesslyLate(outcome), []);
    assert.ok(outcome.tasks.every(({ isFeasible }) => isFeasible));
    assert.match(picture('reads', outcome, 2 ** 20), /^<svg/);
  });

  it('misses only deadlines that have to be missed, and says so early', () => {
    const outcome = simulate('overload', '--units', UNITS);
    const late = outcome.tasks.filter(({ isFeasible }) => !isFeasible);
    assert.ok(late.length > 0);
    assert.deepEqual(needlesslyLate(outcome), []);
    for (const { toldMs, deadlineMs } of late) assert.ok(toldMs < deadlineMs / 2, `${toldMs}`);
  });

  it('a single task reads each unit once', () => {
    const outcome = simulate('--task', 'scrub speed=100 from=0.5', '--units', UNITS);
    assert.deepEqual([outcome.reads, outcome.optimumReads, outcome.aloneReads, outcome.decisions], [10_000, 10_000, 10_000, 10_000]);
  });

  it('what applications read is not read again', () => {
    const outcome = simulate('--task', 'scrub speed=100 deadline=3w', '--foreground', 'zipf:5', '--units', UNITS);
    assert.ok(outcome.optimumReads < 20_000);
    assert.ok(outcome.reads >= outcome.optimumReads && outcome.reads < 20_000, `${outcome.reads} of at least ${outcome.optimumReads}`);
  });

  it('a task to which some units suffice takes those that others read', () => {
    const outcome = simulate('--task', 'scrub speed=400 to=0.5 deadline=2d', '--task', 'sample speed=400 enough=0.3 deadline=3d', '--units', UNITS);
    assert.deepEqual([outcome.reads, outcome.optimumReads], [10_000, 10_000]);
    // What is under way when it has enough, it still processes.
    assert.ok(outcome.decisions >= 16_000 && outcome.decisions < 16_010, `${outcome.decisions}`);
  });

  it('tells what it cannot understand', () => {
    for (const args of [['--units', '0'], ['--task', 'scrub'], ['--task', 'scrub speed=1 deadline=1y'], ['nothing'], ['--cache', 'x'], ['--seek', '-1'], ['--wrong']]) assert.equal(typeof request(args), 'string', args.join(' '));
  });
});

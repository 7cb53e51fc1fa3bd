import assert from 'node:assert/strict';
import { noise, quartiles, slowdowns } from '../../src/cost/slowdown.js';

const near = (values: readonly number[], expected: readonly number[]): void => {
  assert.equal(values.length, expected.length);
  for (const [at, value] of values.entries()) assert.ok(Math.abs(value - (expected[at] ?? NaN)) < 1e-9, `${value} is not ${expected[at]}`);
};

describe('the slowdown of pairs', () => {
  it('is what each run with a task took longer than its own partner', () => {
    near(slowdowns({ off: [100, 200], on: [101, 190] }), [1, -5]);
  });

  it('has as noise the differences between the runs without a task', () => {
    near(noise({ off: [100, 110, 99], on: [] }), [10, -10]);
  });

  it('lies for half of the pairs between the quartiles', () => {
    assert.deepEqual(quartiles([5, 1, 4, 2, 3]), [2, 4]);
    assert.deepEqual(quartiles([4, 1, 3, 2]), [1.5, 3.5]);
  });
});

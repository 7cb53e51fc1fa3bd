import assert from 'node:assert/strict';
import { joinFloor } from '../../src/planner/join-floor.js';
import type { DonePart } from '../../src/planner/join-floor.js';

const part = (path: string, offset: number, bytes: number, endMs: number): DonePart => ({ path, offset, bytes, endMs });

describe('the floor of a schedule in which tasks join', () => {
  it('is one read where nobody joins late', () => {
    assert.equal(joinFloor([part('a', 0, 10, 5)], [], 10), 10);
    assert.equal(joinFloor([part('a', 0, 10, 5)], [1], 10), 10);
  });

  it('has what was done before a join once more', () => {
    assert.equal(joinFloor([part('a', 0, 5, 1), part('a', 5, 5, 3)], [2], 10), 15);
  });

  it('counts what several tasks did between two joins once', () => {
    const done = [part('a', 0, 5, 1), part('a', 5, 5, 3), part('a', 5, 5, 4), part('a', 4, 4, 4), part('b', 0, 2, 4)];
    assert.equal(joinFloor(done, [2, 5], 12), 12 + 5 + (6 + 2));
  });
});

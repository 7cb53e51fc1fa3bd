import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sharedReads } from '../../src/bars/shared-reads.js';

const READER = 7;
const DUET = 8;
const PAGE = 4096;
const unit = { ino: 1, offset: 0, bytes: 4 * PAGE, endMs: 100, direct: false };
const added = (thread: number, atMs: number, index: number, pages = 1): { thread: number; atMs: number; ino: number; index: number; pages: number } => ({ thread, atMs, ino: 1, index, pages });

describe('what another program brings in', () => {
  it('is consumed where the scrub verifies it without bringing it in itself', () => {
    assert.deepEqual(sharedReads([added(READER, 10, 0, 4)], READER, [[unit]]), { broughtIn: 4 * PAGE, needed: 4 * PAGE, consumed: 4 * PAGE });
  });

  it('is wasted where it is evicted and the scrub brings it in again', () => {
    const events = [added(READER, 10, 0, 4), added(DUET, 50, 1, 2)];
    assert.deepEqual(sharedReads(events, READER, [[unit]]), { broughtIn: 4 * PAGE, needed: 4 * PAGE, consumed: 2 * PAGE });
  });

  it('does not count once it is verified', () => {
    assert.deepEqual(sharedReads([added(READER, 100, 0, 4)], READER, [[unit]]), { broughtIn: 4 * PAGE, needed: 0, consumed: 0 });
  });

  it('does not count where the scrub itself had brought it in before, and dropped it', () => {
    const events = [added(DUET, 10, 0), added(READER, 50, 0), added(READER, 51, 1)];
    assert.deepEqual(sharedReads(events, READER, [[unit]]), { broughtIn: 2 * PAGE, needed: PAGE, consumed: PAGE });
  });

  it('is not wasted by what happens after it was verified', () => {
    assert.deepEqual(sharedReads([added(READER, 10, 0), added(DUET, 150, 0)], READER, [[unit]]), { broughtIn: PAGE, needed: PAGE, consumed: PAGE });
  });

  it('is wasted on a unit that is read past the cache, and on a file that is never verified', () => {
    const events = [added(READER, 10, 0)];
    assert.deepEqual(sharedReads(events, READER, [[{ ...unit, direct: true }]]), { broughtIn: PAGE, needed: PAGE, consumed: 0 });
    assert.deepEqual(sharedReads(events, READER, [[]]), { broughtIn: PAGE, needed: PAGE, consumed: 0 });
  });

  it('goes by the segment that a page is in', () => {
    const segments = [
      { ...unit, bytes: 2 * PAGE, endMs: 20 },
      { ...unit, offset: 2 * PAGE, bytes: 2 * PAGE, endMs: 200 },
    ];
    assert.deepEqual(sharedReads([added(READER, 50, 0, 4)], READER, [segments]), { broughtIn: 4 * PAGE, needed: 2 * PAGE, consumed: 2 * PAGE });
  });

  it('is needed until the last task had it, and consumed if all that needed it had it', () => {
    const tasks = [[unit], [{ ...unit, endMs: 300 }], [{ ...unit, endMs: 500 }]];
    const once = { broughtIn: PAGE, needed: PAGE, consumed: PAGE };
    // The first task was done with it before; so were all but the last.
    assert.deepEqual(sharedReads([added(READER, 200, 0)], READER, tasks), once);
    assert.deepEqual(sharedReads([added(READER, 400, 0)], READER, tasks), once);
    assert.deepEqual(sharedReads([added(READER, 500, 0)], READER, tasks), { ...once, needed: 0, consumed: 0 });
    // Two had it from the cache, for the last one it was brought in again.
    assert.deepEqual(sharedReads([added(READER, 10, 0), added(DUET, 400, 0)], READER, tasks), { ...once, consumed: 0 });
    assert.deepEqual(sharedReads([added(READER, 10, 0), added(DUET, 600, 0)], READER, tasks), once);
    assert.deepEqual(sharedReads([added(READER, 10, 0)], READER, [...tasks, []]), { ...once, consumed: 0 });
  });

  it('counts a page once, and never more as consumed than as needed', () => {
    const event = fc.record({ thread: fc.constantFrom(READER, DUET), atMs: fc.integer({ min: 0, max: 150 }), ino: fc.constant(1), index: fc.integer({ min: 0, max: 3 }), pages: fc.constant(1) });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const inOrder = events.toSorted((a, b) => a.atMs - b.atMs);
        const { broughtIn, needed, consumed } = sharedReads(inOrder, READER, [[unit]]);
        assert.equal(broughtIn, PAGE * new Set(events.filter((one) => one.thread === READER).map((one) => one.index)).size);
        assert.ok(consumed <= needed && needed <= broughtIn);
      }),
    );
  });
});

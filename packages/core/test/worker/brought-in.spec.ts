import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAGE_BYTES } from '../../src/model/index.js';
import { BroughtIn } from '../../src/worker/brought-in.js';
import { PageBits } from '../../src/worker/page-bits.js';

const MIB = 2 ** 20;
/** Runs that cover these pages. */
const none = (): number[] => [];

describe('what a run brought in', () => {
  it('of a cold file is all of it, counted once', () => {
    const broughtIn = new BroughtIn(none);
    assert.equal(broughtIn.take(1, 10_000, 0, 10_000), 10_000);
    broughtIn.pagesChanged(1, 0, 3, 1);
    assert.equal(broughtIn.take(1, 10_000, 0, 10_000), 0, 'the second task finds it in the cache');
    assert.deepEqual(broughtIn.release(1, 0, 10_000), [0, 3]);
    assert.deepEqual(broughtIn.release(1, 0, 10_000), [], 'told twice');
  });

  it('is not what others had cached before', () => {
    const broughtIn = new BroughtIn(() => [2, 3]);
    assert.equal(broughtIn.take(1, 8 * PAGE_BYTES, 0, 8 * PAGE_BYTES), 5 * PAGE_BYTES);
    assert.deepEqual(broughtIn.release(1, 0, 8 * PAGE_BYTES), [0, 2, 5, 3]);
  });

  it('of a file that others have cached is nothing', () => {
    const broughtIn = new BroughtIn(() => [0, 8]);
    assert.equal(broughtIn.take(1, 8 * PAGE_BYTES, 0, 8 * PAGE_BYTES), 0);
    assert.deepEqual(broughtIn.release(1, 0, 8 * PAGE_BYTES), []);
  });

  it('includes what the kernel read ahead, and not what others read elsewhere in the file', () => {
    const size = 64 * MIB;
    const broughtIn = new BroughtIn(none);
    assert.equal(broughtIn.take(1, size, 0, 4 * MIB), 4 * MIB);
    // Read ahead, into the second piece; and by somebody else, in the last one.
    broughtIn.pagesChanged(1, 0, 1536, 1);
    broughtIn.pagesChanged(1, 15_872, 512, 1);
    assert.deepEqual(broughtIn.release(1, 0, 4 * MIB), [0, 1024]);
    assert.equal(broughtIn.take(1, size, 4 * MIB, 4 * MIB), 4 * MIB, 'though half of it is cached already');
    assert.deepEqual(broughtIn.release(1, 4 * MIB, 4 * MIB), [1024, 1024]);
    assert.equal(broughtIn.take(1, size, 60 * MIB, 4 * MIB), 2 * MIB);
    assert.deepEqual(broughtIn.release(1, 60 * MIB, 4 * MIB), [15_360, 512]);
  });

  it('does not include what stands beyond the end of a file that has grown: nothing is read ahead there', () => {
    const broughtIn = new BroughtIn(none);
    broughtIn.take(1, 4 * PAGE_BYTES, 0, 4 * PAGE_BYTES);
    broughtIn.pagesChanged(1, 0, 6, 1);
    assert.equal(broughtIn.take(1, 6 * PAGE_BYTES, 4 * PAGE_BYTES, 2 * PAGE_BYTES), 0, 'who appended it has it in the cache');
    assert.deepEqual(broughtIn.release(1, 4 * PAGE_BYTES, 2 * PAGE_BYTES), []);
  });

  it('that is evicted before all had it is brought in once more', () => {
    const broughtIn = new BroughtIn(none);
    broughtIn.take(1, 4 * PAGE_BYTES, 0, 4 * PAGE_BYTES);
    broughtIn.pagesChanged(1, 0, 4, 1);
    broughtIn.pagesChanged(1, 1, 2, -1);
    assert.equal(broughtIn.take(1, 4 * PAGE_BYTES, 0, 4 * PAGE_BYTES), 2 * PAGE_BYTES);
  });

  it('and was not released goes at the end', () => {
    const broughtIn = new BroughtIn(() => [1, 1]);
    broughtIn.take(7, 3 * PAGE_BYTES, 0, 3 * PAGE_BYTES);
    assert.deepEqual(broughtIn.releaseAll(), [{ slot: 7, runs: [0, 1, 2, 1] }]);
    assert.deepEqual(broughtIn.releaseAll(), []);
  });
});

describe('a set of pages', () => {
  it('is a set', () => {
    const step = fc.record({ adds: fc.boolean(), first: fc.nat({ max: 200 }), pages: fc.nat({ max: 80 }) });
    fc.assert(
      fc.property(fc.array(step), fc.nat({ max: 250 }), fc.nat({ max: 250 }), (steps, first, pages) => {
        const bits = new PageBits();
        const model = new Set<number>();
        for (const { adds, first: from, pages: count } of steps) {
          if (adds) bits.add(from, count);
          else bits.delete(from, count);
          for (let page = from; page < from + count; page++) if (adds) model.add(page); else model.delete(page);
        }
        const told: number[] = [];
        const runs = bits.runs(first, pages);
        for (let i = 0; i < runs.length; i += 2) for (let page = runs[i]; page < runs[i] + runs[i + 1]; page++) told.push(page);
        assert.deepEqual(told, [...model].filter((page) => page >= first && page < first + pages).sort((a, b) => a - b));
        for (let page = 0; page < 300; page++) assert.equal(bits.has(page), model.has(page));
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExtentFlag } from '@duet/core/kernel/probe';
import type { Extent } from '@duet/core/kernel/probe';
import { layoutOf, within } from '../../src/layout/file-layout.js';
import { FLASH, HARD_DISK, readGain } from '../../src/layout/read-gain.js';

const BLOCK = 4096;
const extent = (logical: number, physical: number, blocks: number, flags = 0): Extent => ({ logical: logical * BLOCK, physical: physical * BLOCK, length: blocks * BLOCK, flags });

describe('the layout of a file', () => {
  it('counts extents that touch each other on the disk as one', () => {
    const layout = layoutOf([extent(0, 100, 4), extent(4, 104, 4), extent(8, 200, 1), extent(9, 50, 3)]);
    assert.equal(layout.fragments, 3);
    assert.equal(layout.mappedBytes, 12 * BLOCK);
    assert.deepEqual(layout.allocated, [{ offset: 0, bytes: 12 * BLOCK }]);
  });

  it('does not count what has no place: inline data, and what is not written back', () => {
    const layout = layoutOf([extent(0, 0, 1, ExtentFlag.INLINE), extent(1, 0, 2, ExtentFlag.DELALLOC | ExtentFlag.UNKNOWN), extent(3, 100, 1)]);
    assert.deepEqual([layout.fragments, layout.mappedBytes, layout.unplacedBytes], [1, BLOCK, 2 * BLOCK]);
  });

  it('tells what is shared, compressed and preallocated', () => {
    const layout = layoutOf([extent(0, 10, 1, ExtentFlag.SHARED), extent(1, 11, 2, ExtentFlag.UNWRITTEN), extent(5, 13, 3, ExtentFlag.ENCODED)]);
    assert.deepEqual([layout.sharedBytes, layout.unwrittenBytes, layout.encodedBytes], [BLOCK, 2 * BLOCK, 3 * BLOCK]);
    assert.deepEqual(layout.written, [{ offset: 0, bytes: BLOCK }, { offset: 5 * BLOCK, bytes: 3 * BLOCK }]);
    assert.deepEqual(layout.allocated, [{ offset: 0, bytes: 3 * BLOCK }, { offset: 5 * BLOCK, bytes: 3 * BLOCK }]);
  });

  it('takes compressed extents for neighbours that lie no further apart than they are long', () => {
    assert.equal(layoutOf([extent(0, 100, 32, ExtentFlag.ENCODED), extent(32, 105, 32, ExtentFlag.ENCODED)]).fragments, 1);
    assert.equal(layoutOf([extent(0, 100, 32, ExtentFlag.ENCODED), extent(32, 200, 32, ExtentFlag.ENCODED)]).fragments, 2);
  });

  it('agrees with a map of blocks, whatever the extents', () => {
    const extents = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 2 }), blocks: fc.integer({ min: 1, max: 4 }), jump: fc.integer({ min: 0, max: 2 }), unwritten: fc.boolean() }), { maxLength: 20 });
    fc.assert(
      fc.property(extents, fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 40 }), (shapes, from, blocks) => {
        let [logical, physical] = [0, 1000];
        const list = shapes.map(({ gap, blocks, jump, unwritten }) => {
          const one = extent((logical += gap), (physical += jump), blocks, unwritten ? ExtentFlag.UNWRITTEN : 0);
          logical += blocks;
          physical += blocks;
          return one;
        });
        // Block of the file to its place, in order.
        const places = new Map<number, { place: number; written: boolean }>();
        for (const { logical, physical, length, flags } of list) {
          for (let i = 0; i < length / BLOCK; i++) places.set(logical / BLOCK + i, { place: physical / BLOCK + i, written: flags === 0 });
        }
        const inOrder = [...places.values()].map(({ place }) => place);
        const layout = layoutOf(list);
        assert.equal(layout.fragments, inOrder.filter((place, i) => i === 0 || place !== inOrder[i - 1] + 1).length);
        const blocksOf = (ranges: readonly { offset: number; bytes: number }[]): number[] => ranges.flatMap(({ offset, bytes }) => Array.from({ length: bytes / BLOCK }, (_, i) => offset / BLOCK + i));
        assert.deepEqual(blocksOf(layout.allocated), [...places.keys()]);
        assert.deepEqual(blocksOf(layout.written), [...places].filter(([, { written }]) => written).map(([block]) => block));
        const window = { offset: from * BLOCK, bytes: blocks * BLOCK };
        assert.deepEqual(blocksOf(within(layout.allocated, window)), [...places.keys()].filter((block) => block >= from && block < from + blocks));
      }),
    );
  });
});

describe('what a read would gain', () => {
  it('is one access for each piece but the first', () => {
    assert.deepEqual(readGain({ fragments: 51, mappedBytes: 150e6 }, HARD_DISK), { readMs: 1612, gainMs: 600 });
    assert.equal(readGain({ fragments: 1, mappedBytes: 150e6 }, HARD_DISK).gainMs, 0);
    assert.equal(readGain({ fragments: 0, mappedBytes: 0 }, FLASH).gainMs, 0);
  });
});

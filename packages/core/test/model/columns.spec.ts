import assert from 'node:assert/strict';
import fc from 'fast-check';
import { columnBlock, letGo } from '../../src/model/index.js';
import type { Layout } from '../../src/model/index.js';

const LAYOUT = { small: [Uint8Array, 1], wide: [Float64Array, 1], several: [Int32Array, 3] } satisfies Layout;

describe('columnBlock', () => {
  it('keeps what stood in the columns, adds rows of zeroes, and lets go of the old ones', () => {
    const old = columnBlock(LAYOUT, 20_000);
    old.small[7] = 8;
    old.wide[19_999] = 1.5;
    old.several[59_999] = -3;
    const grown = columnBlock(LAYOUT, 40_000, old);
    assert.deepEqual([grown.small[7], grown.wide[19_999], grown.several[59_999]], [8, 1.5, -3]);
    assert.deepEqual([grown.small[20_000], grown.wide[20_000], grown.several[60_000]], [0, 0, 0]);
    assert.deepEqual([grown.small.length, grown.wide.length, grown.several.length], [40_000, 40_000, 120_000]);
    assert.equal(old.wide.length, 0);
  });

  it('keeps what few rows have, wherever they stand, as often as it grows (property)', () => {
    const rows = fc.uniqueArray(fc.nat({ max: 19_999 }), { maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 1, max: 7000 }), { minLength: 1, maxLength: 4 }), (marked, growth) => {
        let columns = columnBlock(LAYOUT, 20_000);
        for (const row of marked) [columns.small[row], columns.wide[row], columns.several[row * 3 + 2]] = [row % 255, -row, row];
        let length = 20_000;
        for (const more of growth) columns = columnBlock(LAYOUT, (length += more * 8), columns);
        for (const row of marked) assert.deepEqual([columns.small[row], columns.wide[row], columns.several[row * 3 + 2]], [row % 255, -row, row]);
        const others = (column: Iterable<number>): number => [...column].filter((value) => value !== 0).length;
        assert.deepEqual([columns.wide, columns.several].map(others), [marked, marked].map(others));
      }),
      { numRuns: 20 },
    );
  });

  it('takes no memory for columns of zeroes', () => {
    const MB = 1 << 20;
    let columns = columnBlock(LAYOUT, MB);
    columns.small.fill(1);
    const before = process.memoryUsage.rss();
    // 84 MB, of which 4 are written.
    columns = columnBlock(LAYOUT, 4 * MB, columns);
    columns.small.fill(1);
    const grew = process.memoryUsage.rss() - before;
    assert.ok(grew < 20 * MB, `${grew / MB} MB`);
    assert.equal(columns.wide.length, 4 * MB);
  });

  it('has all columns in one block, and none over another', () => {
    const { small, wide, several } = columnBlock(LAYOUT, 5);
    for (let i = 0; i < 15; i++) {
      if (i < 5) [small[i], wide[i]] = [1, 2];
      several[i] = 3;
    }
    assert.ok(small.buffer === wide.buffer && wide.buffer === several.buffer);
    assert.deepEqual([...small, ...wide, ...several], [...new Array(5).fill(1), ...new Array(5).fill(2), ...new Array(15).fill(3)]);
  });
});

describe('letGo', () => {
  it('frees a large column at once, without a collection', () => {
    const BYTES = 64 << 20;
    const column = new Int32Array(BYTES / 4);
    const heldBytes = process.memoryUsage().arrayBuffers;
    letGo(column);
    assert.equal(column.length, 0);
    assert.ok(process.memoryUsage().arrayBuffers <= heldBytes - BYTES / 2, 'the memory is still held');
  });
});

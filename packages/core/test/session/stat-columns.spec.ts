import assert from 'node:assert/strict';
import fc from 'fast-check';
import { columnBlock } from '../../src/model/index.js';
import type { FileStat } from '../../src/model/index.js';
import { hasStat, putStat, STAT_LAYOUT, statAt } from '../../src/session/stat-columns.js';

const NOTHING: FileStat = { size: 0, mtimeNs: 0n, ctimeNs: 0n };
const size = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 63 - 1024), fc.maxSafeNat());
const time = fc.oneof(fc.constantFrom(0n, 1n, -1n, 2n ** 32n - 1n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const stat = fc.record({ size, mtimeNs: time, ctimeNs: time });
/** As most files have them: the last change was the last write. */
const written = fc.tuple(size, time).map(([bytes, atNs]) => ({ size: bytes, mtimeNs: atNs, ctimeNs: atNs }));

describe('Columns of size and times', () => {
  it('give back what was put into each row, and tell when it moved (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.oneof(stat, written))), (puts) => {
        const columns = columnBlock(STAT_LAYOUT, 8);
        const model = new Map<number, FileStat>();
        for (const [row, put] of puts) {
          const before = model.get(row) ?? NOTHING;
          const moved = before.size !== put.size || before.mtimeNs !== put.mtimeNs || before.ctimeNs !== put.ctimeNs;
          assert.equal(putStat(columns, row, put.size, put.mtimeNs, put.ctimeNs), moved);
          assert.equal(putStat(columns, row, put.size, put.mtimeNs, put.ctimeNs), false);
          model.set(row, put);
        }
        for (let row = 0; row < 4; row++) {
          assert.deepEqual(statAt(columns, row), { ...NOTHING, ...model.get(row) });
          assert.equal(hasStat(columns, row), (model.get(row) ?? NOTHING).ctimeNs !== 0n);
        }
      }),
    );
  });
});

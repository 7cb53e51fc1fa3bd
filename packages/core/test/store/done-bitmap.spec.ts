import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CHUNK_BYTES, DoneBitmap, chunkOf } from '../../src/store/done-bitmap.js';

const no = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 31_990, max: 32_010 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));

describe('DoneBitmap', () => {
  it('behaves as a set of numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), no)), (steps) => {
        const bitmap = new DoneBitmap();
        const model = new Set<number>();
        for (const [set, number] of steps) {
          if (set) assert.equal(bitmap.set(number), !model.has(number));
          else assert.equal(bitmap.clear(number), model.has(number));
          if (set) model.add(number);
          else model.delete(number);
          assert.equal(bitmap.has(number), set);
          assert.equal(bitmap.count, model.size);
        }
        for (const [, number] of steps) for (const near of [number - 1, number, number + 1]) assert.equal(bitmap.has(near), model.has(near));
      }),
    );
  });

  it('comes back from the chunks that it says changed', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.tuple(fc.boolean(), no))), (batches) => {
        const bitmap = new DoneBitmap();
        const stored = new Map<number, Uint8Array>();
        for (const batch of batches) {
          for (const [set, number] of batch) {
            if (set) bitmap.set(number);
            else bitmap.clear(number);
          }
          for (const [chunk, bits] of bitmap.takeDirty()) stored.set(chunk, bits.slice());
          assert.deepEqual(bitmap.takeDirty(), []);
        }
        const copy = new DoneBitmap();
        for (const [chunk, bits] of stored) copy.put(chunk, bits);
        assert.equal(copy.count, bitmap.count);
        for (const [, number] of batches.flat()) assert.equal(copy.has(number), bitmap.has(number));
        assert.deepEqual(copy.takeDirty(), []);
      }),
    );
  });

  it('replaces a chunk that is put twice', () => {
    const bitmap = new DoneBitmap();
    bitmap.set(5);
    bitmap.put(chunkOf(5), new Uint8Array(CHUNK_BYTES).fill(0xff, 0, 1));
    assert.deepEqual([bitmap.count, bitmap.has(0), bitmap.has(7), bitmap.has(8)], [8, true, true, false]);
    assert.deepEqual(bitmap.takeDirty(), []);
  });
});

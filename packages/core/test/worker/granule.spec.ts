import assert from 'node:assert/strict';
import { granuleBytesFor, granulesOf, segmentBytesOf } from '../../src/worker/granule.js';

const MIB = 2 ** 20;

describe('the pieces of large files', () => {
  it('are at most a sixteenth of what the cache can take, from 1 to 16 MiB', () => {
    assert.deepEqual([Infinity, 256 * MIB, 255 * MIB, 64 * MIB, 20 * MIB, 0].map((capacity) => granuleBytesFor(capacity) / MIB), [16, 16, 8, 4, 1, 1]);
  });

  it('are not made of files of two or less', () => {
    assert.deepEqual([0, 32 * MIB, 32 * MIB + 1].map((size) => segmentBytesOf(size, 16 * MIB)), [0, 0, 16 * MIB]);
  });

  it('make up the segments that a plugin asks for', () => {
    assert.deepEqual([undefined, 0, 1, 16 * MIB, 17 * MIB].map((wanted) => granulesOf(wanted, 16 * MIB)), [1, Infinity, 1, 1, 2]);
  });
});

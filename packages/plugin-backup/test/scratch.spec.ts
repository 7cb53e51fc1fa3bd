import assert from 'node:assert/strict';
import { Scratch } from '../src/scratch.js';

describe('Memory for one text after the other', () => {
  it('is as long as is asked for, and the same again and again', () => {
    const scratch = new Scratch();
    const memory = new Set<ArrayBufferLike>();
    for (let length = 1; length < 9 * 2 ** 20; length = Math.ceil(length * 1.1)) {
      const bytes = scratch.atLeast(length);
      assert.ok(bytes.length >= length);
      memory.add(bytes.buffer);
    }
    assert.equal(memory.size, 2);
    assert.ok(scratch.atLeast(32 * 2 ** 20).length >= 32 * 2 ** 20);
  });
});

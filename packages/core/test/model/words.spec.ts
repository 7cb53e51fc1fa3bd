import assert from 'node:assert/strict';
import fc from 'fast-check';
import { highWord, joinWords } from '../../src/model/index.js';

describe('Words of a number', () => {
  it('are 32 bits each, and join to the number (property)', () => {
    const edges = fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 63, 2 ** 64 - 2048);
    fc.assert(
      fc.property(fc.oneof(edges, fc.maxSafeNat()), (number) => {
        const words = Uint32Array.of(number >>> 0, highWord(number));
        assert.equal(words[1], highWord(number));
        assert.equal(joinWords(words[0], words[1]), number);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameContentBytes } from '../../src/compress/frame-size.js';
import { compress, decompress, decompressUnsized } from '../../src/compress/zstd.js';

describe('zstd frames', () => {
  it('say how much they hold', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 255, 256, 257, 65_535, 65_791, 65_792, 70_000, 2_000_000), fc.integer({ min: 0, max: 255 }), (size, fill) => {
        const frame = Buffer.from(compress(Buffer.alloc(size, fill), 3));
        assert.equal(frameContentBytes(frame), size);
        assert.deepEqual(decompress(frame, size), Buffer.alloc(size, fill));
      }),
      { numRuns: 40 },
    );
  });

  it('of a stream do not, and are read all the same', () => {
    // `printf %s hello | zstd`, without a checksum.
    const frame = Buffer.from('28b52ffd00582900 0068656c6c6f'.replace(' ', ''), 'hex');
    assert.equal(frameContentBytes(frame), undefined);
    assert.equal(decompressUnsized(frame, 1e6).toString(), 'hello');
    assert.throws(() => decompressUnsized(frame, 4));
  });

  it('that are none have no length', () => {
    assert.equal(frameContentBytes(Buffer.from('{"some":"json"}')), undefined);
    assert.equal(frameContentBytes(Buffer.alloc(3)), undefined);
  });
});

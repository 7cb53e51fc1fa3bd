import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { frameContentBytes } from '../../src/compress/frame-size.js';
import { openLibzstd } from '../../src/compress/libzstd.js';
import { openWasmZstd } from '../../src/compress/wasm-zstd.js';

describe("the system's zstd and the one in WebAssembly", () => {
  it('read what the other wrote, and refuse what is longer than it should be', async function () {
    const native = openLibzstd();
    if (!native) return this.skip();
    const wasm = await openWasmZstd();
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.nat(300_000).map((length) => Buffer.alloc(length, 'abc')), fc.nat(300_000).map((length) => randomBytes(length))), fc.constantFrom(1, 2, 3), (bytes, level) => {
        for (const [one, other] of [[native, wasm], [wasm, native]] as const) {
          const frame = Buffer.from(one.compress(bytes, level));
          assert.equal(frameContentBytes(frame), bytes.length);
          assert.ok(other.decompress(frame, bytes.length).equals(bytes));
          if (bytes.length > 0) assert.throws(() => other.decompress(frame, bytes.length - 1));
          assert.throws(() => other.decompress(Buffer.from('not a frame'), 10));
        }
      }),
      { numRuns: 40 },
    );
  });
});

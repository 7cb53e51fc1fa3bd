import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Cipher, SEAL_BYTES } from '../../src/repository/cipher.js';

describe('Cipher', () => {
  const cipher = new Cipher(Buffer.alloc(64, 7));

  it('opens what it sealed, of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 700, 70_000), (bytes, times) => {
        const plain = Buffer.concat(new Array(times).fill(bytes));
        const sealed = cipher.seal(plain);
        assert.equal(sealed.length, plain.length + SEAL_BYTES);
        assert.deepEqual(cipher.open(sealed), plain);
      }),
      { numRuns: 60 },
    );
  });

  it('opens nothing that was changed anywhere, or sealed with another key', () => {
    const sealed = cipher.seal(Buffer.from('the text of a blob'));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] ^= 1;
      assert.equal(cipher.open(changed), undefined, `byte ${at}`);
    }
    assert.equal(cipher.open(sealed.subarray(0, -1)), undefined);
    assert.equal(cipher.open(Buffer.alloc(SEAL_BYTES - 1)), undefined);
    for (const at of [32, 48]) {
      const key = Buffer.alloc(64, 7);
      // Clamping takes some bits of r away: all of these count.
      key.fill(8, at, at + 16);
      assert.equal(new Cipher(key).open(sealed), undefined, `key byte ${at}`);
    }
  });

  it('never seals two texts with the same initial vector', () => {
    const plain = randomBytes(3);
    const ivs = new Set(Array.from({ length: 1000 }, () => cipher.seal(plain).toString('hex', 0, 16)));
    assert.equal(ivs.size, 1000);
  });

  it('takes keys of 64 bytes only', () => {
    assert.throws(() => new Cipher(Buffer.alloc(63)), RangeError);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { nodeAesCtr, openOpensslAesCtr } from '../../src/repository/aes-ctr.js';

describe('AES-256-CTR', () => {
  it("is the same by Node's module and by the OpenSSL behind it", function () {
    const openssl = openOpensslAesCtr();
    if (!openssl) return this.skip();
    for (const bytes of [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 300_000]) {
      const [key, iv, text] = [randomBytes(32), randomBytes(16), randomBytes(bytes)];
      const [one, other] = [Buffer.alloc(bytes), Buffer.alloc(bytes)];
      nodeAesCtr(key, iv, text, one);
      openssl(key, iv, text, other);
      assert.ok(one.equals(other), `${bytes} bytes`);
      openssl(key, iv, other, one);
      assert.ok(one.equals(text), `${bytes} bytes, back`);
    }
    assert.throws(() => openssl(randomBytes(32), randomBytes(16), randomBytes(5), Buffer.alloc(4)), RangeError);
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { noblePoly1305, openOpensslPoly1305 } from '../../src/repository/poly1305.js';
import type { Poly1305 } from '../../src/repository/poly1305.js';

const openssl = openOpensslPoly1305();
const WAYS: readonly (readonly [string, Poly1305 | undefined])[] = [['JavaScript', noblePoly1305], ['OpenSSL', openssl]];

/** @see https://www.rfc-editor.org/rfc/rfc8439#section-2.5.2 */
const KEY = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
const TEXT = Buffer.from('Cryptographic Forum Research Group');
const MAC = 'a8061dc1305136c6c22b8baf0c0127a9';

describe('Poly1305', () => {
  for (const [name, authenticate] of WAYS) {
    it(`is that of the standard, by ${name}`, function () {
      if (!authenticate) return this.skip();
      const mac = Buffer.alloc(16);
      authenticate(KEY, TEXT, mac);
      assert.equal(mac.toString('hex'), MAC);
    });
  }

  it('is the same by both, whatever the key', function () {
    if (!openssl) return this.skip();
    for (const bytes of [0, 1, 15, 16, 17, 63, 64, 255, 16_384, 300_000]) {
      const [key, text, one, other] = [randomBytes(32), randomBytes(bytes), Buffer.alloc(16), Buffer.alloc(16)];
      noblePoly1305(key, text, one);
      openssl(key, text, other);
      assert.ok(one.equals(other), `${bytes} bytes`);
    }
  });

  it('is left to JavaScript where OpenSSL has none', () => {
    const script = `
      import koffi from 'koffi';
      const set = koffi.load(null).func('int EVP_set_default_properties(void *context, const char *properties)');
      if (set(null, 'fips=yes') !== 1) process.exit(3);
      const { authenticate, noblePoly1305 } = await import(${JSON.stringify(new URL('../../src/repository/poly1305.js', import.meta.url).href)});
      process.stdout.write(String(authenticate === noblePoly1305));
    `;
    if (openssl) assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), 'true');
  });

  it('never writes outside its target', function () {
    if (!openssl) return this.skip();
    assert.throws(() => openssl(KEY, TEXT, Buffer.alloc(15)), RangeError);
    assert.throws(() => openssl(KEY.subarray(1), TEXT, Buffer.alloc(16)), RangeError);
  });
});

import assert from 'node:assert/strict';
import { isChunkerPolynomial, randomPolynomial } from '../../src/repository/polynomial.js';

describe('polynomials', () => {
  // Made by restic 0.14, by `restic cat config`.
  const RESTIC = [0x2f77a1ac294e2bn, 0x25b468838dcb75n, 0x3da3358b4dc173n];

  it('knows those that restic makes as irreducible', () => {
    for (const polynomial of RESTIC) assert.ok(isChunkerPolynomial(polynomial), polynomial.toString(16));
  });

  it('knows products as reducible', () => {
    const times = (a: bigint, b: bigint): bigint => {
      let product = 0n;
      for (let i = 0n; b >> i > 0n; i++) if (((b >> i) & 1n) === 1n) product ^= a << i;
      return product;
    };
    // Factors of degrees 26 and 27, without roots; and of degrees 1 and 52.
    for (const [a, b] of [[0x4000047n, 0x8000027n], [0x3n, 0x10000000000003n], [0x2n, 0x10000000000009n]]) {
      const product = times(a, b);
      assert.equal(product >> 53n, 1n);
      assert.ok(!isChunkerPolynomial(product), product.toString(16));
    }
  });

  it('refuses other degrees', () => {
    assert.ok(!isChunkerPolynomial(7n));
    assert.ok(!isChunkerPolynomial(0n));
  });

  it('makes different ones', () => {
    const made = Array.from({ length: 5 }, randomPolynomial);
    assert.ok(made.every(isChunkerPolynomial));
    assert.equal(new Set(made).size, 5);
  });
});

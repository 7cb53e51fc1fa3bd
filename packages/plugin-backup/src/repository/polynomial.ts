import { randomBytes } from 'node:crypto';

/** Degree of the chunker's polynomials; a prime, which the test below relies on. */
const DEGREE = 53;
const DEGREE_BIT = 1n << BigInt(DEGREE);

/** A random irreducible polynomial of degree 53 over GF(2), bit i being the coefficient of x^i. */
export function randomPolynomial(): bigint {
  for (;;) {
    // One in about 27 of those that are not divisible by x is irreducible.
    const candidate = (randomBytes(8).readBigUInt64LE() & (DEGREE_BIT - 1n)) | DEGREE_BIT | 1n;
    if (isChunkerPolynomial(candidate)) return candidate;
  }
}

/**
 * Whether a polynomial has degree 53 and is irreducible: exactly if
 * x^(2^53) = x modulo it, and it has no factor of degree 1.
 *
 * @see https://en.wikipedia.org/wiki/Factorization_of_polynomials_over_finite_fields#Rabin's_test_of_irreducibility
 */
export function isChunkerPolynomial(polynomial: bigint): boolean {
  if (polynomial >> BigInt(DEGREE) !== 1n || !hasNoRoot(polynomial)) return false;
  let power = 2n;
  for (let i = 0; i < DEGREE; i++) power = squareModulo(power, polynomial);
  return power === 2n;
}

/** Not divisible by x (an absolute term), nor by x + 1 (an odd number of terms). */
function hasNoRoot(polynomial: bigint): boolean {
  let isOdd = false;
  for (let rest = polynomial; rest > 0n; rest >>= 1n) isOdd = isOdd !== ((rest & 1n) === 1n);
  return isOdd && (polynomial & 1n) === 1n;
}

function squareModulo(a: bigint, polynomial: bigint): bigint {
  // Squaring over GF(2) spreads the bits out.
  let square = 0n;
  for (let i = 0n; i < BigInt(DEGREE); i++) square |= ((a >> i) & 1n) << (2n * i);
  for (let i = BigInt(2 * DEGREE - 2); i >= BigInt(DEGREE); i--) {
    if (((square >> i) & 1n) === 1n) square ^= polynomial << (i - BigInt(DEGREE));
  }
  return square;
}

/**
 * Polynomials over GF(2), as integers whose bit i is the coefficient of x^i.
 *
 * @see https://en.wikipedia.org/wiki/Rabin_fingerprint
 */
export function degree(polynomial: bigint): number {
  return polynomial.toString(2).length - 1;
}

/** The remainder of `value` divided by `polynomial`. */
export function remainder(value: bigint, polynomial: bigint): bigint {
  const most = degree(polynomial);
  let rest = value;
  while (rest !== 0n && degree(rest) >= most) rest ^= polynomial << BigInt(degree(rest) - most);
  return rest;
}

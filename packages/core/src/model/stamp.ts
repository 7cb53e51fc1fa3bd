const MASK = (1n << 64n) - 1n;

/**
 * 64 bits that change, but for one chance in 2^64, when size, mtime or ctime do.
 * Never 0n, which stands for "no stamp".
 */
export function stampOf(size: number, mtimeNs: bigint, ctimeNs: bigint): bigint {
  // Multiply-xorshift steps of splitmix64 (Steele, Lea, Flood 2014), one a field.
  let hash = mix(BigInt(size) + 0x9e3779b97f4a7c15n);
  hash = mix((hash ^ mtimeNs) + 0x9e3779b97f4a7c15n);
  hash = mix((hash ^ ctimeNs) + 0x9e3779b97f4a7c15n);
  return hash === 0n ? 1n : hash;
}

function mix(value: bigint): bigint {
  let z = value & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** Fields of a stamp as 64-bit integers, and the same bytes as 32-bit words: splits and joins without BigInt arithmetic, which is slow. */
const fields = new BigInt64Array(2);
const words = new Uint32Array(fields.buffer);
const result = new BigUint64Array(1);
const resultWords = new Uint32Array(result.buffer);

/**
 * 64 bits that change, but for about one chance in 2^64, when size, mtime or
 * ctime do. Never 0n, which stands for "no stamp".
 */
export function stampOf(size: number, mtimeNs: bigint, ctimeNs: bigint): bigint {
  fields[0] = mtimeNs;
  fields[1] = ctimeNs;
  // Two MurmurHash3 lanes (Appleby) with different seeds over the same words.
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  low = step(low, size >>> 0);
  high = step(high, size >>> 0);
  const sizeHigh = Math.floor(size / 4294967296);
  low = step(low, sizeHigh);
  high = step(high, sizeHigh);
  for (let i = 0; i < 4; i++) {
    low = step(low, words[i]);
    high = step(high, words[i]);
  }
  resultWords[0] = finish(low);
  resultWords[1] = finish(high);
  return result[0] === 0n ? 1n : result[0];
}

function step(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

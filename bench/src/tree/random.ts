import { createCipheriv, createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed, everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1. The step is mulberry32's (Tommy Ettinger, public domain). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** The same values in another order (Fisher, Yates). */
  shuffle<T>(values: readonly T[]): T[] {
    const out = [...values];
    for (let last = out.length - 1; last > 0; last--) {
      const pick = this.below(last + 1);
      const value = out[last];
      out[last] = out[pick];
      out[pick] = value;
    }
    return out;
  }
}

const ZEROES = Buffer.alloc(1 << 20);

/**
 * `length` bytes of content number `stream`, in pieces of at most 1 MiB: the key
 * stream of AES-CTR, so that no page is like another and nothing compresses.
 */
export function* content(seed: number, stream: number, length: number): Generator<Buffer> {
  const key = createHash('sha256').update(`duet-lab ${seed}`).digest().subarray(0, 16);
  const start = Buffer.alloc(16);
  start.writeUInt32BE(stream, 0);
  const cipher = createCipheriv('aes-128-ctr', key, start);
  for (let left = length; left > 0; left -= ZEROES.length) yield cipher.update(ZEROES.subarray(0, Math.min(left, ZEROES.length)));
}

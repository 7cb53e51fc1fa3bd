import { Random } from './random.js';

const WORDS = 20_000;
const WORDS_IN_LINE = 12;

/**
 * Text that compresses as prose and source do, to about 37 %: lines of words,
 * few of which come often. The same for the same seed.
 */
export function text(seed: number, bytes: number): Buffer {
  const random = new Random(seed);
  const words = Array.from({ length: WORDS }, () => Array.from({ length: 2 + random.below(9) }, () => String.fromCharCode(97 + Math.floor(random.next() * random.next() * 26))).join(''));
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)!.length) {
    const line = Array.from({ length: WORDS_IN_LINE }, () => words[Math.floor(random.next() * random.next() * random.next() * WORDS)]);
    lines.push(`${line.join(' ')}\n`);
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

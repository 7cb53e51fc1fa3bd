const WORD = 2 ** 32;

/**
 * A whole number of up to 64 bits in columns is two words: the low one, which
 * is `number >>> 0`, and the high one, in a column of its own, which takes no
 * memory where all numbers are small (see `columnBlock`).
 */
export function highWord(number: number): number {
  return number < WORD ? 0 : Math.floor(number / WORD);
}

/** The number whose words these are. */
export function joinWords(low: number, high: number): number {
  return high === 0 ? low : high * WORD + low;
}

import type { Random } from '../tree/random.js';

/** How unequal accesses are: the first `ranks` (a share) get `accesses` (a share). */
export interface Skew {
  readonly ranks: number;
  readonly accesses: number;
}

/** Far steeper than any skew that is asked for here. */
const STEEPEST = 8;
/** Halvings of the interval: beyond the precision of a double. */
const STEPS = 60;

/** Draws ranks from 0 up to, not including, `ranks`; rank k with a weight of (k + 1)^-exponent (Zipf). */
export class ZipfLaw {
  readonly exponent: number;
  /** Of each rank, the weights up to and with it. */
  readonly #cumulative: Float64Array;

  /** The law of so many ranks that has this skew. */
  constructor(ranks: number, skew: Skew) {
    this.exponent = exponentOf(ranks, skew);
    this.#cumulative = cumulativeWeights(ranks, this.exponent);
  }

  draw(random: Random): number {
    const drawn = random.next() * this.#cumulative[this.#cumulative.length - 1];
    let [low, high] = [0, this.#cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle] > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The share of the first ranks grows with the exponent: found by halving. */
function exponentOf(ranks: number, skew: Skew): number {
  const first = Math.max(1, Math.round(ranks * skew.ranks));
  let [low, high] = [0, STEEPEST];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    const weights = cumulativeWeights(ranks, middle);
    if (weights[first - 1] / weights[ranks - 1] < skew.accesses) low = middle;
    else high = middle;
  }
  return low;
}

function cumulativeWeights(ranks: number, exponent: number): Float64Array {
  const cumulative = new Float64Array(ranks);
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) cumulative[rank] = sum += (rank + 1) ** -exponent;
  return cumulative;
}

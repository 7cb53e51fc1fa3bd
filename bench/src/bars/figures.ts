import type { FsType } from '../lab/lab.js';

/** One measured figure; without a bound it is there for information only. */
export interface Figure {
  readonly scenario: string;
  readonly figure: string;
  readonly value: number;
  /** What the value counts, such as `ms`, `MB`, `files`; '' for a ratio. */
  readonly unit: string;
  readonly bound?: Bound;
  /** Whether the bound holds; undefined if there is none, or noise leaves it open. */
  readonly pass?: boolean;
  /** What the value lies within with 95 % confidence. */
  readonly interval?: Interval;
}

/** What a value has to be: at most, at least or exactly `value`. */
export interface Bound {
  readonly is: '<=' | '>=' | '=';
  readonly value: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Whether all of `interval` keeps to `bound`, or nothing of it does; undefined if that cannot be told. */
export function allHold({ low, high }: Interval, bound: Bound): boolean | undefined {
  const held = holds(low, bound);
  return held === holds(high, bound) ? held : undefined;
}

/** Whether `value` keeps to `bound`. NaN never does. */
export function holds(value: number, bound: Bound): boolean {
  if (bound.is === '<=') return value <= bound.value;
  if (bound.is === '>=') return value >= bound.value;
  return value === bound.value;
}

/** Middle of the values; the mean of the two middle ones if their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[half] ?? NaN) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

/** Of the normal distribution: 95 % of it lie so many standard deviations around the middle. */
const DEVIATIONS_95 = 1.96;

/**
 * Where the median of what the values are a sample of lies with 95 % confidence,
 * however they are distributed: between two of them. As many are below the true
 * median as tosses of a coin are heads, so their ranks are those of the sample's
 * middle, plus and minus 1.96 times half the root of the number of values. All
 * values if they are few.
 *
 * @see https://en.wikipedia.org/wiki/Median#Confidence_interval_of_the_median (sign test)
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(Math.floor((values.length - DEVIATIONS_95 * Math.sqrt(values.length)) / 2), 1);
  return { low: sorted[rank - 1] ?? NaN, high: sorted[values.length - rank] ?? NaN };
}

/** The smallest of the values that at least `share` of them do not exceed: 0.5 for the middle, 0.99 for the p99. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(Math.ceil(values.length * share) - 1, 0)] ?? NaN;
}

/** Whether there is a bound, and noise leaves open whether it holds. */
export function isOpen({ bound, pass }: Figure): boolean {
  return bound !== undefined && pass === undefined;
}

/** A line of the table that people read. */
export function row(fs: FsType, figure: Figure): string {
  const bound = figure.bound ? `${figure.bound.is} ${figure.bound.value}` : '';
  const verdict = isOpen(figure) ? 'OPEN' : figure.pass === undefined ? '' : figure.pass ? 'OK' : 'MISSED';
  const within = figure.interval ? ` (${short(figure.interval.low)} to ${short(figure.interval.high)})` : '';
  const value = `${short(figure.value)} ${figure.unit}`.trim() + within;
  return `${fs.padEnd(6)}${figure.scenario.padEnd(20)}${figure.figure.padEnd(58)}${value.padStart(14)}  ${bound.padEnd(9)}${verdict}`.trimEnd();
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);
}

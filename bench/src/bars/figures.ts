import type { FsType } from '../lab/lab.js';

/** One measured figure; without a bound it is there for information only. */
export interface Figure {
  readonly scenario: string;
  readonly figure: string;
  readonly value: number;
  /** What the value counts, such as `ms`, `MB`, `files`; '' for a ratio. */
  readonly unit: string;
  readonly bound?: Bound;
  /** Whether the bound holds. */
  readonly pass?: boolean;
}

/** What a value has to be: at most, at least or exactly `value`. */
export interface Bound {
  readonly is: '<=' | '>=' | '=';
  readonly value: number;
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

/** The smallest of the values that at least `share` of them do not exceed: 0.5 for the middle, 0.99 for the p99. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(Math.ceil(values.length * share) - 1, 0)] ?? NaN;
}

/** A line of the table that people read. */
export function row(fs: FsType, figure: Figure): string {
  const bound = figure.bound ? `${figure.bound.is} ${figure.bound.value}` : '';
  const verdict = figure.pass === undefined ? '' : figure.pass ? 'OK' : 'MISSED';
  const value = `${short(figure.value)} ${figure.unit}`.trim();
  return `${fs.padEnd(6)}${figure.scenario.padEnd(20)}${figure.figure.padEnd(58)}${value.padStart(14)}  ${bound.padEnd(9)}${verdict}`.trimEnd();
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);
}

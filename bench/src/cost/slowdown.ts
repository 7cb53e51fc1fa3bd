import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, sum } from '../bars/bench.js';
import type { Bench } from '../bars/bench.js';
import { median, medianInterval } from '../bars/figures.js';
import type { Watching } from './watching.js';

/** Most that watching may slow others down, in percent. */
export const SLOWDOWN_MAX = 1;

/** How long the same work took, turn about, without a task and with one; one value a pair. */
export interface Pairs {
  readonly off: readonly number[];
  readonly on: readonly number[];
}

/** Times that the work is done each way, turn about, for one pair: machines that others share change their speed from one second to the next. */
const TURNS = 4;
/** After switching, until what runs is only what is measured. */
const SETTLE_MS = 100;

/**
 * Times `work` while a task watches `path` and while its tracepoints are
 * switched off, `TURNS` times each in every pair, after a run that does not count.
 */
export async function pairs(bench: Bench, watching: Watching, path: string, work: () => Promise<number>): Promise<Pairs> {
  const off: number[] = [];
  const on: number[] = [];
  await watching.watch(path);
  const tracing = watching.tracing();
  const time = async (traced: boolean, times: number[]): Promise<void> => {
    tracing.turn(traced);
    await sleep(SETTLE_MS);
    times.push(await work());
  };
  await work();
  await alternate(
    bench.reps * TURNS,
    () => time(false, off),
    () => time(true, on),
  );
  tracing.turn(true);
  await watching.leave();
  return { off: sumsOf(off), on: sumsOf(on) };
}

/** Each `TURNS` values together. */
function sumsOf(times: readonly number[]): number[] {
  return Array.from({ length: times.length / TURNS }, (_, pair) => sum(times.slice(pair * TURNS, (pair + 1) * TURNS)));
}

/** By how much each pair's work took longer with a task, in percent. */
export function slowdowns({ off, on }: Pairs): number[] {
  return off.map((time, pair) => ((on[pair] ?? NaN) / time - 1) * 100);
}

/** The same between runs without a task: each against the one before. What is within this is noise. */
export function noise({ off }: Pairs): number[] {
  return off.slice(1).map((time, run) => (time / (off[run] ?? NaN) - 1) * 100);
}

/** Half of the values lie between its ends. */
export function quartiles(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.ceil(sorted.length / 2);
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

/** Reports the median slowdown and what it lies within, held to the bar or not, and how far runs differ by themselves. */
export function reportSlowdown(bench: Bench, what: string, measured: Pairs, held: boolean): void {
  const values = slowdowns(measured);
  bench.estimate(`${what}: slower by`, median(values), '%', medianInterval(values), held ? { is: '<=', value: SLOWDOWN_MAX } : undefined);
  const [low, high] = quartiles(noise(measured));
  bench.note('  noise: half of the runs without a task within', high - low, '%');
}

import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, sum } from '../bars/bench.js';
import { monotonicMs } from '../lab/program.js';
import type { Pairs } from './slowdown.js';
import type { TracingSwitch } from './tracing-switch.js';

const SLICE_MS = 200;
/** After switching, until what runs is only what is measured. */
const SETTLE_MS = 20;

/** When nothing was switched, and whether a task was watching then; by the monotonic clock. */
export interface Slice {
  readonly fromMs: number;
  readonly toMs: number;
  readonly on: boolean;
}

/** Rounds of one process, one after the other. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpuMs: number;
  readonly rounds: number;
}

/** How long `pairs` slices without a task, and as many with one, take together. */
export function slicesSeconds(pairs: number): number {
  return (pairs * 2 * (SLICE_MS + 3 * SETTLE_MS)) / 1000;
}

/** Switches a task off and on so often that each slice has a neighbour of the other kind; on at the end. */
export async function alternateSlices(pairs: number, tracing: TracingSwitch): Promise<Slice[]> {
  const slices: Slice[] = [];
  const slice = async (on: boolean): Promise<void> => {
    tracing.turn(on);
    await sleep(SETTLE_MS);
    const fromMs = monotonicMs();
    await sleep(SLICE_MS);
    slices.push({ fromMs, toMs: monotonicMs(), on });
  };
  await alternate(
    pairs,
    () => slice(false),
    () => slice(true),
  );
  tracing.turn(true);
  return slices;
}

/** What a rewriter printed. */
export function stretchesOf(printed: string): Stretch[] {
  const lines = printed.split('\n').filter(Boolean);
  return lines.map((line) => {
    const [fromMs = NaN, toMs = NaN, cpuMs = NaN, rounds = NaN] = line.split(' ').map(Number);
    return { fromMs, toMs, cpuMs, rounds };
  });
}

/** How long a round took in each pair of slices, all processes together; stretches in which something was switched do not count. */
export function roundsInSlices(slices: readonly Slice[], processes: readonly (readonly Stretch[])[], timeOf: (stretch: Stretch) => number): Pairs {
  const perRound = ({ fromMs, toMs }: Slice): number => {
    const rates = processes.map((stretches) => {
      const within = stretches.filter((stretch) => stretch.fromMs >= fromMs && stretch.toMs <= toMs);
      return sum(within.map(({ rounds }) => rounds)) / sum(within.map(timeOf));
    });
    return processes.length / sum(rates);
  };
  return { off: slices.filter(({ on }) => !on).map(perRound), on: slices.filter(({ on }) => on).map(perRound) };
}

/** Time that passed. */
export const wallMs = ({ fromMs, toMs }: Stretch): number => toMs - fromMs;
/** Time that the process itself was running: neither waiting nor held up by others. */
export const cpuMs = (stretch: Stretch): number => stretch.cpuMs;

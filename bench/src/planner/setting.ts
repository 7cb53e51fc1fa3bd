import type { Bench } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import type { Bound } from '../bars/figures.js';

/** Whose figure it is. */
export type Side = 'Duet' | 'Duet --io-pressure 1' | 'three peers' | 'floor' | 'slowest task alone' | 'no maintenance';

/** A figure that is compared between sides. */
export type Measure = 'device reads / data' | 'wall time' | 'read latency, median' | 'read latency, p99';

/** Unit of each measure; '' for a ratio. */
export const UNIT: Readonly<Record<Measure, string>> = { 'device reads / data': '', 'wall time': 's', 'read latency, median': 'ms', 'read latency, p99': 'ms' };

/** Name of a figure that pictures and the table show: in which setting, what, whose. */
export function comparedName(setting: string, measure: Measure, side: Side): string {
  return `${setting}: ${measure}, ${side}`;
}

/** The parts of such a name; undefined for other figures. */
export function comparedParts(name: string): { setting: string; measure: Measure; side: Side } | undefined {
  for (const measure of Object.keys(UNIT) as Measure[]) {
    const [setting, side] = name.split(`: ${measure}, `);
    if (side !== undefined) return { setting, measure, side: side as Side };
  }
  return undefined;
}

/** Reports figures of one setting, such as `cold, 64 MiB of cache`, so that pictures and the table find them. */
export class Setting {
  constructor(
    readonly bench: Bench,
    readonly name: string,
  ) {}

  /** Device reads as shares of the data: of Duet the worst run, held to `most`; of peers the median. */
  reads(duet: readonly number[], peers: readonly number[], floor: number, most: number): void {
    if (peers.length > 0) this.noteOf('device reads / data', 'three peers', median(peers));
    this.noteOf('device reads / data', 'floor', floor);
    this.bench.bar(comparedName(this.name, 'device reads / data', 'Duet'), Math.max(...duet), '', '<=', most);
  }

  /** Wall times in milliseconds; medians are compared. */
  walls(duet: readonly number[], peers: readonly number[], slowestAlone: readonly number[]): void {
    const [own, theirs, alone] = [duet, peers, slowestAlone].map(median);
    this.noteOf('wall time', 'Duet', own / 1000);
    this.noteOf('wall time', 'three peers', theirs / 1000);
    this.noteOf('wall time', 'slowest task alone', alone / 1000);
    this.bar('wall / slowest task alone', own / alone, '<=', 1.25);
    this.bar('wall / three peers together', own / theirs, '<=', 0.6);
  }

  note(figure: string, value: number, unit: string): void {
    this.bench.note(`${this.name}: ${figure}`, value, unit);
  }

  bar(figure: string, value: number, is: Bound['is'], bound: number, unit = ''): void {
    this.bench.bar(`${this.name}: ${figure}`, value, unit, is, bound);
  }

  /** A figure that pictures and tables show. */
  noteOf(measure: Measure, side: Side, value: number): void {
    this.bench.note(comparedName(this.name, measure, side), value, UNIT[measure]);
  }
}

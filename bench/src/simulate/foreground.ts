import { readFileSync } from 'node:fs';
import { Random } from '../tree/random.js';

/** An application reads a unit. Times are milliseconds from the start. */
export interface Access {
  readonly atMs: number;
  readonly unit: number;
}

/** What applications read: endless, unless it comes from a trace; times never go back. */
export type Foreground = (units: number, unitBytes: number) => Iterator<Access, undefined>;

/** Each unit is as likely as any other; accesses come at random moments. */
export function uniform(bytesPerSecond: number, seed: number): Foreground {
  return (units, unitBytes) => accesses(bytesPerSecond / unitBytes, new Random(seed), (random) => random.below(units));
}

/**
 * By Zipf's law: the k-th most popular unit is read about as often as 1/k says.
 * Popular units lie anywhere on the disk.
 */
export function zipf(bytesPerSecond: number, seed: number): Foreground {
  return (units, unitBytes) => {
    const stride = coprime(units);
    // The logarithm of the rank is evenly spread, from a half to a half beyond the last.
    return accesses(bytesPerSecond / unitBytes, new Random(seed), (random) => ((Math.round((2 * units + 1) ** random.next() / 2) - 1) * stride) % units);
  };
}

/** A file of lines `ms unit`; units beyond the last one are left out. Throws if a line is something else, or time goes back. */
export function trace(path: string): Foreground {
  return (units) => {
    let lastMs = 0;
    const all = readFileSync(path, 'utf8')
      .split('\n')
      .map((line, i) => ({ line: line.trim(), number: i + 1 }))
      .filter(({ line }) => line !== '' && !line.startsWith('#'))
      .map(({ line, number }): Access => {
        const match = /^(\d+(?:\.\d+)?)\s+(\d+)$/.exec(line);
        if (match === null || Number(match[1]) < lastMs) throw new Error(`${path}, line ${number}: not 'ms unit', in order of time: ${line}`);
        lastMs = Number(match[1]);
        return { atMs: lastMs, unit: Number(match[2]) };
      });
    return all.filter(({ unit }) => unit < units)[Symbol.iterator]();
  };
}

function* accesses(perSecond: number, random: Random, choose: (random: Random) => number): Generator<Access, undefined> {
  for (let atMs = 0; ; ) {
    atMs -= (Math.log(1 - random.next()) / perSecond) * 1000;
    yield { atMs, unit: choose(random) };
  }
}

/** A number that shares no divisor with `units`, so that its multiples visit all of them. */
function coprime(units: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.max(Math.floor(units * 0.618), 1);
  while (divisor(units, stride) !== 1) stride++;
  return stride;
}

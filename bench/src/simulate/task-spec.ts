/** A task to simulate. Times are milliseconds from the start of the simulation. */
export interface TaskSpec {
  readonly name: string;
  /** How fast it processes what is read. */
  readonly bytesPerSecond: number;
  /** The part of the data that it needs: from and to, 0 to 1 in on-disk order. */
  readonly from: number;
  readonly to: number;
  /** The share of these units, 0 to 1, chosen by chance; each task by its own. */
  readonly share: number;
  readonly startMs: number;
  /** Infinity: as soon as may be. */
  readonly deadlineMs: number;
  /** The share of its units that suffices, 0 to 1. */
  readonly enough: number;
}

const HOUR_MS = 3_600_000;
const TIME_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

/** How tasks are written on the command line. */
export const TASK_SYNTAX = "'NAME speed=MB/s [from=0] [to=1] [share=1] [start=0h] [deadline=2d] [enough=1]'";

/** Reads what `TASK_SYNTAX` says; undefined if it is something else. */
export function parseTask(text: string): TaskSpec | undefined {
  const [name = '', ...pairs] = text.trim().split(/\s+/);
  const given = new Map(pairs.map((pair): [string, string] => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]));
  if (name === '' || [...given.keys()].some((key) => !['speed', 'from', 'to', 'share', 'start', 'deadline', 'enough'].includes(key))) return undefined;
  const part = (key: string, otherwise: number): number => {
    const value = Number(given.get(key) ?? otherwise);
    return value >= 0 && value <= 1 ? value : NaN;
  };
  const spec: TaskSpec = {
    name,
    bytesPerSecond: Number(given.get('speed')) * 1e6,
    from: part('from', 0),
    to: part('to', 1),
    share: part('share', 1),
    startMs: timeMs(given.get('start') ?? '0h'),
    deadlineMs: given.has('deadline') ? timeMs(given.get('deadline') ?? '') : Infinity,
    enough: part('enough', 1),
  };
  const isRight = spec.bytesPerSecond > 0 && spec.from < spec.to && spec.deadlineMs > spec.startMs && !Number.isNaN(spec.share + spec.enough);
  return isRight ? spec : undefined;
}

function timeMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
  return match === null ? NaN : Number(match[1]) * TIME_MS[match[2]];
}

/** Whether the task of this number needs the unit. */
export function needs(spec: TaskSpec, task: number, unit: number, units: number): boolean {
  if (unit < Math.floor(spec.from * units) || unit >= Math.floor(spec.to * units)) return false;
  return spec.share === 1 || chance(unit, task) < spec.share;
}

/** A number from 0 to 1 that belongs to the pair. The mixing is murmur3's finalizer (Austin Appleby, public domain). */
function chance(unit: number, task: number): number {
  let z = Math.imul(unit + 1, 0x9e3779b1) ^ Math.imul(task + 1, 0x85ebca77);
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
}

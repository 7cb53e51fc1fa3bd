import { joinPath } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { unifiedGroups } from '../control-groups.js';
import { kernelFiles } from '../kernel-files.js';
import type { KernelFiles, KernelText } from '../kernel-files.js';
import { busyClock, pressureClock, readClock, readCountClock } from './stall-clock.js';
import type { StallClock } from './stall-clock.js';

export interface IoPressureOptions {
  /** Statistics of the disks that matter (`diskStatFiles`); default none. */
  readonly disks?: readonly BytePath[];
  readonly files?: KernelFiles;
  /** Milliseconds, any origin. */
  readonly nowMs?: () => number;
}

/**
 * How much others wait for I/O, heard while this process reads nothing.
 *
 * What the kernel counts has no owner: it is others' only if nothing of ours
 * was in flight between `start` and `stop`, nothing read ahead either. Goes by
 * whichever tells most of
 * - the pressure of the whole machine, and that of the process's own control
 *   group (version 2): in a container, that is where the neighbours are. It
 *   counts no further than the disks that matter were busy: who waits for
 *   another disk, and that may be we ourselves who write there, has nothing from
 *   it that we do not read here;
 * - the time that reads took at these disks. Pressure is deaf to those who wait
 *   shortly: the kernel weighs the CPUs by how long each was not idle in whole
 *   ticks (4 ms at 250 Hz) since it was last asked, by anybody. Of less than a
 *   tick nothing is heard, and what happens on a CPU that is idle in between is
 *   drowned by one that is busy.
 *
 * Listen for 20 ms at least.
 */
export class IoPressure {
  readonly #texts: readonly KernelText[];
  readonly #pressure: readonly StallClock[];
  readonly #reads: readonly StallClock[];
  /** None: no disks are known, and pressure counts as it is. */
  readonly #busy: readonly StallClock[];
  readonly #nowMs: () => number;
  #startMs = 0;
  #startTold: Told = { pressure: [], reads: [], busy: [] };

  private constructor(pressures: readonly KernelText[], stats: readonly KernelText[], nowMs: () => number) {
    this.#texts = [...pressures, ...stats];
    this.#pressure = pressures.map((text) => pressureClock(text));
    this.#reads = stats.flatMap((text) => [readClock(text), readCountClock(text)]);
    this.#busy = stats.map((text) => busyClock(text));
    this.#nowMs = nowMs;
  }

  /** Undefined where nothing is told: no pressure (before Linux 4.20, or without `psi=1`), and no disk. */
  static open({ disks = [], files = kernelFiles, nowMs = () => performance.now() }: IoPressureOptions = {}): IoPressure | undefined {
    const pressures = openAll(files, pressureFiles(files));
    const stats = openAll(files, disks);
    return pressures.length + stats.length === 0 ? undefined : new IoPressure(pressures, stats, nowMs);
  }

  /** Begins to listen. */
  start(): void {
    this.#startTold = this.#told();
    this.#startMs = this.#nowMs();
  }

  /** The share of the time since `start` in which others waited for I/O, 0 to 1. */
  stop(): number {
    const elapsedMs = this.#nowMs() - this.#startMs;
    const [before, now] = [this.#startTold, this.#told()];
    const busyMs = this.#busy.length === 0 ? Infinity : most(before.busy, now.busy);
    const waitedMs = Math.max(Math.min(most(before.pressure, now.pressure), busyMs), most(before.reads, now.reads));
    return elapsedMs <= 0 ? 0 : Math.min(1, waitedMs / elapsedMs);
  }

  close(): void {
    for (const text of this.#texts) text.close();
  }

  #told(): Told {
    const ask = (clocks: readonly StallClock[]): number[] => clocks.map((clock) => clock());
    return { pressure: ask(this.#pressure), reads: ask(this.#reads), busy: ask(this.#busy) };
  }
}

/** What the clocks told, in milliseconds. */
interface Told {
  readonly pressure: readonly number[];
  readonly reads: readonly number[];
  readonly busy: readonly number[];
}

/** The most that one of the clocks went on; 0 if there are none. */
function most(before: readonly number[], now: readonly number[]): number {
  return Math.max(0, ...now.map((ms, i) => ms - before[i]));
}

function pressureFiles(files: KernelFiles): BytePath[] {
  const read = (path: string): string => files.read(path as BytePath) ?? '';
  const group = unifiedGroups(read('/proc/self/cgroup'), Buffer.from(read('/proc/self/mountinfo'), 'latin1'))?.[0];
  return ['/proc/pressure/io' as BytePath, ...(group === undefined ? [] : [joinPath(group, 'io.pressure' as BytePath)])];
}

/** Those that can be read: where pressure is switched off, its files may be there and cannot. */
function openAll(files: KernelFiles, paths: readonly BytePath[]): KernelText[] {
  const texts = paths.map((path) => files.open(path)).filter((text) => text !== undefined);
  return texts.filter((text) => {
    const readable = text.read() !== undefined;
    if (!readable) text.close();
    return readable;
  });
}

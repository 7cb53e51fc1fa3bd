import { alternate, cold, MIB, SMALL_CACHE_BYTES } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import type { Group } from '../lab/cgroups.js';
import type { ProgramResult } from '../lab/program.js';
import { byDuet, byDuetUnpaced, byRsync } from './mirrored.js';
import type { Mirroring } from './mirrored.js';

/** The slow disk. */
export const READ_BYTES_PER_SECOND = 200e6;

/** A mirror on the machine's own disk, made from a cold lab. */
export async function coldMirror(disk: Disk, memoryBytes: number | undefined, make: (mirroring: Mirroring) => Promise<ProgramResult>, before?: (group: Group) => Promise<void>): Promise<ProgramResult> {
  const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
  return cold(disk, limits, async (group) => {
    await before?.(group);
    return make({ lab: disk.lab, root: disk.root, scratch: disk.lab.scratch(), group });
  });
}

/** What each of the programs takes beside the cache, measured in a first run without a limit. */
export async function limitsOf(bench: Bench, disk: Disk): Promise<{ duet: number; rsync: number }> {
  const duet = await bench.peakAnonBytes('duet rsync', () => coldMirror(disk, undefined, byDuet));
  const rsync = await bench.peakAnonBytes('rsync -a', () => coldMirror(disk, undefined, byRsync));
  bench.note('peak anonymous memory of duet and its rsyncs (first run)', duet / MIB, 'MiB');
  bench.note('peak anonymous memory of rsync -a (first run)', rsync / MIB, 'MiB');
  return { duet: SMALL_CACHE_BYTES + duet, rsync: SMALL_CACHE_BYTES + rsync };
}

/** Nothing cached, 256 MiB of cache to be had, a disk of 200 MB/s: everything is read once. */
export const coldScenario: Scenario = {
  name: 'cold',
  summary: 'cold start, small cache, 200 MB/s: device reads and wall time against rsync -a',
  async run(bench) {
    const disk = await bench.mixed();
    const limits = await limitsOf(bench, disk);
    const runs: Record<'duet' | 'unpaced' | 'rsync', ProgramResult[]> = { duet: [], unpaced: [], rsync: [] };
    await alternate(
      bench.reps,
      async () => {
        runs.duet.push(await coldMirror(disk, limits.duet, byDuet));
        runs.unpaced.push(await coldMirror(disk, limits.duet, byDuetUnpaced));
      },
      async () => void runs.rsync.push(await coldMirror(disk, limits.rsync, byRsync)),
    );
    const worst = (of: readonly ProgramResult[]): number => Math.max(...of.map(({ deviceBytesRead }) => deviceBytesRead)) / disk.tree.bytes;
    const wall = (of: readonly ProgramResult[]): number => median(of.map(({ wallMs }) => wallMs));
    bench.note('wall time of duet, median', wall(runs.duet), 'ms');
    bench.note('wall time of duet, median, --io-pressure 0', wall(runs.unpaced), 'ms');
    bench.note('wall time of rsync -a, median', wall(runs.rsync), 'ms');
    bench.note('device reads of rsync -a / data, worst run', worst(runs.rsync), '');
    bench.bar('device reads / data, worst run', worst([...runs.duet, ...runs.unpaced]), '', '<=', 1.02);
  },
};

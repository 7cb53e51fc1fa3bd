import { cachedOfTree, readByAnother, SMALL_CACHE_BYTES, sum } from '../bars/bench.js';
import type { Disk, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import type { ProgramResult } from '../lab/program.js';
import { pickFiles } from '../tree/tree.js';
import { coldMirror, limitsOf } from './cold.js';
import { byDuet, byRsync } from './mirrored.js';
import type { Mirroring } from './mirrored.js';

/** A run that began with a full cache. */
interface Filled extends ProgramResult {
  /** Read from the device although it was cached at the start, of the data. */
  readonly excess: number;
  /** Cached at the start, of the data. */
  readonly cachedShare: number;
}

/** 256 MiB of cache, full of files from all over the tree: what was cached at the start need not be read, and is not evicted by what is written. */
export const smallCacheScenario: Scenario = {
  name: 'small-cache',
  summary: '256 MiB of cache, full of files from all over the tree, 200 MB/s: device reads',
  async run(bench) {
    const disk = await bench.mixed();
    const limits = await limitsOf(bench, disk);
    const duet: Filled[] = [];
    const rsync: Filled[] = [];
    for (let rep = 0; rep < bench.reps; rep++) {
      duet.push(await filled(disk, bench.random(600 + rep), limits.duet, byDuet));
      rsync.push(await filled(disk, bench.random(600 + rep), limits.rsync, byRsync));
    }
    const worst = (runs: readonly Filled[]): number => Math.max(...runs.map(({ excess }) => excess));
    bench.note('cached at the start / data, least', Math.min(...duet.map(({ cachedShare }) => cachedShare)), '');
    bench.note('device reads / data, worst run', Math.max(...duet.map(({ deviceBytesRead }) => deviceBytesRead)) / disk.tree.bytes, '');
    bench.note('wall time of duet, median', median(duet.map(({ wallMs }) => wallMs)), 'ms');
    bench.note('wall time of rsync -a, median', median(rsync.map(({ wallMs }) => wallMs)), 'ms');
    bench.note('rsync -a: reads beyond what was not cached / data, worst run', worst(rsync), '');
    bench.bar('reads beyond what was not cached / data, worst run', worst(duet), '', '<=', 0.02);
  },
};

async function filled(disk: Disk, random: Parameters<typeof pickFiles>[1], memoryBytes: number, make: (mirroring: Mirroring) => Promise<ProgramResult>): Promise<Filled> {
  let cachedShare = 0;
  const run = await coldMirror(disk, memoryBytes, make, async (group) => {
    await readByAnother(disk, group, pickFiles(disk.tree, random, SMALL_CACHE_BYTES));
    cachedShare = sum(cachedOfTree(disk)) / disk.tree.bytes;
  });
  return { ...run, cachedShare, excess: run.deviceBytesRead / disk.tree.bytes - (1 - cachedShare) };
}

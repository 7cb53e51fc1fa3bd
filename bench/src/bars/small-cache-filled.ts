import { scrub } from '../duet/duet-command.js';
import type { Group } from '../lab/cgroups.js';
import { pickFiles } from '../tree/tree.js';
import type { ProgramResult } from '../lab/program.js';
import { cachedOfTree, cold, MIB, readByAnother, sha256sum, SMALL_CACHE_BYTES, sum } from './bench.js';
import type { Disk, Scenario } from './bench.js';

/**
 * A cache of 256 MiB is full of files from all over the tree: what was cached at
 * the start need not be read, and is not evicted before it was used.
 */
export const smallCacheFilledScenario: Scenario = {
  name: 'small-cache-filled',
  summary: '256 MiB of cache, full of files from all over the tree: device reads',
  async run(bench) {
    const disk = await bench.mixed();
    const scrubAnon = (await bench.scrubAlone(disk)).peakAnonBytes;
    const shaAnon = (await bench.sha256sumAlone(disk)).peakAnonBytes;
    bench.note('peak anonymous memory of duet (first run)', scrubAnon / MIB, 'MiB');
    const excess: number[] = [];
    const shaExcess: number[] = [];
    const cachedShare: number[] = [];
    const reads: number[] = [];
    for (let rep = 0; rep < bench.reps; rep++) {
      const seed = 200 + rep;
      const scrubbed = await filled(disk, bench.random(seed), SMALL_CACHE_BYTES + scrubAnon, (group) => scrub(disk.lab, { path: disk.root, state: disk.lab.scratch(), group }));
      const hashed = await filled(disk, bench.random(seed), SMALL_CACHE_BYTES + shaAnon, (group) => disk.lab.run(sha256sum(disk.root), { group }));
      excess.push(scrubbed.excess);
      shaExcess.push(hashed.excess);
      cachedShare.push(scrubbed.cachedShare);
      reads.push(scrubbed.reads);
    }
    bench.note('cached at the start / data, least', Math.min(...cachedShare), '');
    bench.note('device reads / data, worst run', Math.max(...reads), '');
    bench.note('xargs sha256sum: reads beyond what was not cached / data', Math.max(...shaExcess), '');
    bench.bar('reads beyond what was not cached / data, worst run', Math.max(...excess), '', '<=', 0.02);
  },
};

/** Shares of the data: cached at the start, read from the device, and read although it was cached at the start. */
interface Filled {
  readonly cachedShare: number;
  readonly reads: number;
  readonly excess: number;
}

function filled(disk: Disk, random: Parameters<typeof pickFiles>[1], memoryBytes: number, measure: (group: Group) => Promise<ProgramResult>): Promise<Filled> {
  return cold(disk, { memoryBytes }, async (group) => {
    await readByAnother(disk, group, pickFiles(disk.tree, random, SMALL_CACHE_BYTES));
    const cachedShare = sum(cachedOfTree(disk)) / disk.tree.bytes;
    const reads = (await measure(group)).deviceBytesRead / disk.tree.bytes;
    return { cachedShare, reads, excess: reads - (1 - cachedShare) };
  });
}

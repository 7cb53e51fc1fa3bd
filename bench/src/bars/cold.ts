import { scrub } from '../duet/duet-command.js';
import { alternate, cold, MIB, sha256sum, SMALL_CACHE_BYTES } from './bench.js';
import type { Scenario } from './bench.js';
import { median } from './figures.js';

/**
 * Nothing cached, 256 MiB of cache to be had: the scrub reads everything once
 * and takes no longer than `find | xargs sha256sum`, which runs in turns with it.
 */
export const coldScenario: Scenario = {
  name: 'cold',
  summary: 'cold start, small cache: device reads and wall time against sha256sum',
  async run(bench) {
    const disk = await bench.mixed();
    const data = disk.tree.bytes;
    const scrubAnon = (await bench.scrubAlone(disk)).peakAnonBytes;
    const shaAnon = (await bench.sha256sumAlone(disk)).peakAnonBytes;
    const limits = { scrub: SMALL_CACHE_BYTES + scrubAnon, sha: SMALL_CACHE_BYTES + shaAnon };
    bench.note('peak anonymous memory of duet (first run)', scrubAnon / MIB, 'MiB');
    bench.note('limit of its group', limits.scrub / MIB, 'MiB');
    bench.note('peak anonymous memory of xargs sha256sum (first run)', shaAnon / MIB, 'MiB');
    const reads: number[] = [];
    const walls: number[] = [];
    const shaReads: number[] = [];
    const shaWalls: number[] = [];
    await alternate(
      bench.reps,
      () =>
        cold(disk, { memoryBytes: limits.scrub }, async (group) => {
          const run = await scrub(disk.lab, { path: disk.root, state: disk.lab.scratch(), group });
          reads.push(run.deviceBytesRead / data);
          walls.push(run.wallMs);
        }),
      () =>
        cold(disk, { memoryBytes: limits.sha }, async (group) => {
          const run = await disk.lab.run(sha256sum(disk.root), { group });
          shaReads.push(run.deviceBytesRead / data);
          shaWalls.push(run.wallMs);
        }),
    );
    bench.note('device reads of xargs sha256sum / data, worst', Math.max(...shaReads), '');
    bench.note('wall time of duet, median', median(walls), 'ms');
    bench.note('wall time of xargs sha256sum, median', median(shaWalls), 'ms');
    bench.bar('device reads / data, worst run', Math.max(...reads), '', '<=', 1.02);
    bench.bar('wall time / xargs sha256sum, medians', median(walls) / median(shaWalls), '', '<=', 1.1);
  },
};

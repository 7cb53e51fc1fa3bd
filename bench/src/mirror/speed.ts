import { alternate, GIB, inGroup, readByAnother } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import { Lab } from '../lab/lab.js';
import type { ProgramResult } from '../lab/program.js';
import { command } from '../lab/command.js';
import { evenTree } from '../tree/tree.js';
import { byDuet, byRsync } from './mirrored.js';
import type { Mirroring } from './mirrored.js';

const TARGET_BYTES = 4 * GIB;
const SMALL_FILES = 50_000;

/** 1 GiB that is cached. */
export const speedScenario: Scenario = {
  name: 'speed',
  summary: '1 GiB, all of it cached: wall time against rsync -a',
  run: async (bench) => compare(bench, await bench.mixed(), 1.1),
};

/** 50,000 files of 4 KiB that are cached. */
export const smallFilesScenario: Scenario = {
  name: 'small-files',
  summary: '50,000 small files, all of them cached: wall time against rsync -a',
  run: async (bench) => compare(bench, await bench.disk('small-mirror', 2 * GIB, () => evenTree(bench.seed, SMALL_FILES, 4096)), 1.5),
};

/** The programs take turns, each on a new file system: where much was deleted shortly before, ext4 takes long to find an inode. */
async function compare(bench: Bench, disk: Disk, most: number): Promise<void> {
  const walls: Record<'duet' | 'rsync', number[]> = { duet: [], rsync: [] };
  await alternate(
    bench.reps,
    async () => void walls.duet.push((await warm(bench, disk, byDuet)).wallMs),
    async () => void walls.rsync.push((await warm(bench, disk, byRsync)).wallMs),
  );
  bench.note('wall time of duet, median', median(walls.duet), 'ms');
  bench.note('wall time of rsync -a, median', median(walls.rsync), 'ms');
  bench.bar('wall time / rsync -a, medians', median(walls.duet) / median(walls.rsync), '', '<=', most);
}

async function warm(bench: Bench, disk: Disk, make: (mirroring: Mirroring) => Promise<ProgramResult>): Promise<ProgramResult> {
  const target = new Lab({ fs: bench.fs, sizeBytes: TARGET_BYTES });
  try {
    return await inGroup(disk.lab, {}, async (group) => {
      await readByAnother(disk, group, disk.tree.files);
      command('sync', ['-f', target.path]);
      return make({ lab: disk.lab, root: disk.root, scratch: target.path, group });
    });
  } finally {
    target.close();
  }
}

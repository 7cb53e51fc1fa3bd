import { scrub } from '../duet/duet-command.js';
import type { DuetRun } from '../duet/duet-command.js';
import type { Group } from '../lab/cgroups.js';
import { alternate, cachedOfTree, cold, inGroup, readByAnother, sha256sum, sum } from './bench.js';
import type { Bench, Disk, Scenario } from './bench.js';
import { median } from './figures.js';

const MB = 1e6;

/**
 * 100,000 files of 4 KiB, cold and cached: time to the first unit, memory, wall
 * time, and the longest time that the event loop stood still.
 *
 * Wall times are taken without `--verbose`, as users run it; the first unit with
 * it, for only that prints units.
 */
export const smallFilesScenario: Scenario = {
  name: 'small-files',
  summary: '100,000 files of 4 KiB, cold and cached: first unit, memory, wall time, event loop',
  async run(bench) {
    const disk = await bench.small();
    await measure(bench, disk, 'cold', (work) => cold(disk, {}, work));
    await measure(bench, disk, 'cached', (work) =>
      inGroup(disk.lab, {}, async (group) => {
        // The kernel may have dropped some meanwhile: what is cached is read at no cost.
        await readByAnother(disk, group, disk.tree.files);
        return work(group);
      }),
    );
    bench.note('cached: share of the bytes still cached at the end', sum(cachedOfTree(disk)) / disk.tree.bytes, '');
  },
};

type Setting = <T>(work: (group: Group) => Promise<T>) => Promise<T>;

async function measure(bench: Bench, disk: Disk, name: string, setting: Setting): Promise<void> {
  const runs: DuetRun[] = [];
  const shaWalls: number[] = [];
  const run = (units: boolean): Promise<DuetRun> => setting((group) => scrub(disk.lab, { path: disk.root, state: disk.lab.scratch(), group, units }));
  await alternate(
    bench.reps,
    async () => void runs.push(await run(false)),
    async () => void shaWalls.push((await setting((group) => disk.lab.run(sha256sum(disk.root), { group }))).wallMs),
  );
  const verbose = await run(true);
  const first = verbose.units[0];
  const all = [...runs, verbose];
  const wallMs = median(runs.map((each) => each.wallMs));
  bench.note(`${name}: wall time of duet, median`, wallMs, 'ms');
  bench.note(`${name}: wall time of xargs sha256sum, median`, median(shaWalls), 'ms');
  bench.bar(`${name}: wall time / xargs sha256sum, medians`, wallMs / median(shaWalls), '', '<=', 1.5);
  bench.bar(`${name}: first unit after`, first ? first.arrivedMs - verbose.startedMs : NaN, 'ms', '<=', 2000);
  bench.bar(`${name}: peak resident memory, worst run`, Math.max(...all.map((each) => each.peakResidentBytes)) / MB, 'MB', '<=', 250);
  bench.bar(`${name}: event loop blocked for at most, worst run`, Math.max(...all.map((each) => each.summary?.eventLoopMaxMs ?? NaN)), 'ms', '<=', 50);
}

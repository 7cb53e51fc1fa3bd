import { scrub } from '../duet/duet-command.js';
import type { DuetRun } from '../duet/duet-command.js';
import type { Tree } from '../tree/tree.js';
import { pickFiles } from '../tree/tree.js';
import { cachedOfTree, cold, readByAnother, sum } from './bench.js';
import type { Scenario } from './bench.js';

/**
 * Units that came too late: with pages cached at the start (by fincore), yet
 * after the first one that had none. `late` goes by the kernel's answer before
 * the start; `lateByReason` by the reasons that Duet itself gives.
 */
export function lateUnits(run: Pick<DuetRun, 'units'>, tree: Tree, cachedAtStart: readonly number[]): { late: number; lateByReason: number } {
  const cached = new Map(tree.files.map((file, i) => [file.path, cachedAtStart[i] ?? 0]));
  const units = run.units.toSorted((a, b) => a.atMs - b.atMs);
  const wasCached = units.map((unit) => (cached.get(unit.path) ?? 0) > 0);
  const firstCold = wasCached.indexOf(false);
  const firstColdReason = units.findIndex((unit) => unit.reason === 'cold');
  return {
    late: firstCold < 0 ? 0 : wasCached.filter((was, i) => was && i > firstCold).length,
    lateByReason: firstColdReason < 0 ? 0 : units.filter((unit, i) => unit.reason === 'cached' && i > firstColdReason).length,
  };
}

/** Another program has read half of the bytes, and they are still cached: only the other half comes from the disk, and last. */
export const halfCachedScenario: Scenario = {
  name: 'half-cached',
  summary: 'half of the bytes cached by another program, no limit: device reads and order',
  async run(bench) {
    const disk = await bench.mixed();
    const data = disk.tree.bytes;
    const reads: number[] = [];
    const cachedShare: number[] = [];
    let late = 0;
    let lateByReason = 0;
    for (let rep = 0; rep < bench.reps; rep++) {
      const files = pickFiles(disk.tree, bench.random(100 + rep), data / 2);
      await cold(disk, {}, async (group) => {
        await readByAnother(disk, group, files);
        const cached = cachedOfTree(disk);
        const run = await scrub(disk.lab, { path: disk.root, state: disk.lab.scratch(), group, units: true });
        const order = lateUnits(run, disk.tree, cached);
        cachedShare.push(sum(cached) / data);
        reads.push(run.deviceBytesRead / data);
        late += order.late;
        lateByReason += order.lateByReason;
      });
    }
    bench.note('cached at the start / data, least', Math.min(...cachedShare), '');
    bench.bar('device reads / data, worst run', Math.max(...reads), '', '<=', 0.52);
    bench.bar('cached units after the first cold one (by fincore)', late, 'units', '=', 0);
    bench.bar('cached units after the first cold one (by reason)', lateByReason, 'units', '=', 0);
  },
};

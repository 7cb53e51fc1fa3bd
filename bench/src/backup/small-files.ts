import type { Scenario } from '../bars/bench.js';
import { evenTree, makeTree } from '../tree/tree.js';
import { contest } from './contest.js';
import { inWorkshop } from './workshop.js';

const FILES = 20_000;
const FILE_BYTES = 16 * 1024;

/** Many small files, and a second run when nothing changed. */
export const backupSmallFilesScenario: Scenario = {
  name: 'small-files',
  summary: '20,000 files of 16 KiB, cached: time beside restic, and of a second run when nothing changed',
  run: (bench) =>
    inWorkshop(async (workshop) => {
      makeTree(evenTree(bench.seed, FILES, FILE_BYTES), workshop.tree);
      const { duet, restic } = contest(workshop, bench.reps);
      bench.note('duet, CPU time', duet.first.cpuSeconds, 's');
      bench.note('restic, CPU time', restic.first.cpuSeconds, 's');
      bench.note('duet, CPU time of the second run', duet.second.cpuSeconds, 's');
      bench.note('restic, CPU time of the second run', restic.second.cpuSeconds, 's');
      bench.note('duet, wall time of the second run', duet.second.wallSeconds, 's');
      bench.note('restic, wall time of the second run', restic.second.wallSeconds, 's');
      bench.bar('CPU time, of restic', duet.first.cpuSeconds / restic.first.cpuSeconds, '', '<=', 0.8);
      bench.bar('wall time of the second run, of restic', duet.second.wallSeconds / restic.second.wallSeconds, '', '<=', 1);
    }),
};

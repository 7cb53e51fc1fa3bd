import { inGroup } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { runDuet } from '../duet/duet-command.js';
import { DATA_BYTES, FILES, FILE_BYTES, FragmentedFiles } from './fragmented-files.js';

/** All files, cold, without a limit. */
export const allScenario: Scenario = {
  name: 'all',
  summary: '200 files of 50 extents, nothing cached, no limit: extents afterwards, content',
  async run(bench) {
    for (let rep = 0; rep < bench.reps; rep++) {
      const files = await FragmentedFiles.make(bench);
      files.lab.coldStart();
      const run = await inGroup(files.lab, {}, (group) => runDuet(files.lab, ['defrag'], { path: files.root, state: files.lab.scratch(), group, args: ['--set', `defrag.minBytes=${FILE_BYTES}`] }));
      const extents = files.extents();
      bench.bar('files defragmented', run.summary?.tasks[0]?.filesDone ?? NaN, 'files', '=', FILES);
      bench.bar('extents afterwards, most', Math.max(...extents), '', '<=', 2);
      bench.bar('files whose content differs', files.damaged(), 'files', '=', 0);
      bench.note('device reads / data', run.deviceBytesRead / DATA_BYTES, '');
      bench.note('wall time', run.wallMs / 1000, 's');
    }
  },
};

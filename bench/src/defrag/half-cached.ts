import { inGroup } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { runDuet } from '../duet/duet-command.js';
import { cachedBytes } from '../lab/cached-bytes.js';
import type { Group } from '../lab/cgroups.js';
import type { ProgramResult } from '../lab/program.js';
import { DATA_BYTES, EXTENTS, FILE_BYTES, FragmentedFiles } from './fragmented-files.js';
import { stockTool } from './stock-tool.js';

/** Half of the files are cached, in no order that a tool would go by; gives the cached bytes. */
async function readHalf(files: FragmentedFiles, group: Group, half: readonly string[]): Promise<number> {
  await files.lab.run(['xargs', '-0', 'cat'], { group, input: Buffer.from(half.map((path) => `${path}\0`).join('')) });
  return cachedBytes(files.paths).reduce((sum, bytes) => sum + bytes, 0);
}

/** Half of the files are cached, and half of the bytes suffice: those. Beside it the tool of the file system, which knows neither. */
export const halfCachedScenario: Scenario = {
  name: 'half-cached',
  summary: 'half of the files cached, maxBytes at half: device reads; the stock tool beside it',
  async run(bench) {
    for (let rep = 0; rep < bench.reps; rep++) {
      const files = await FragmentedFiles.make(bench);
      const half = bench.random(rep).shuffle(files.paths).slice(0, files.paths.length / 2);
      files.lab.coldStart();
      await inGroup(files.lab, {}, async (group) => {
        bench.note('cached at the start / data', (await readHalf(files, group, half)) / DATA_BYTES, '');
        const args = ['--set', `defrag.minBytes=${FILE_BYTES}`, '--set', `defrag.maxBytes=${DATA_BYTES / 2}`];
        const run = await runDuet(files.lab, ['defrag'], { path: files.root, state: files.lab.scratch(), group, args });
        const extents = files.extents();
        const moved = extents.filter((count) => count < EXTENTS);
        bench.bar('device reads / data', run.deviceBytesRead / DATA_BYTES, '', '<=', 0.03);
        bench.bar('bytes beyond maxBytes', Math.abs(moved.length * FILE_BYTES - DATA_BYTES / 2), 'B', '<=', FILE_BYTES);
        bench.bar('extents afterwards of those processed, most', Math.max(...moved), '', '<=', 2);
        bench.bar('cached files left in pieces', half.filter((path) => extents[files.paths.indexOf(path)] === EXTENTS).length, 'files', '=', 0);
        bench.note('wall time', run.wallMs / 1000, 's');
      });
      bench.bar('files whose content differs', files.damaged(), 'files', '=', 0);
      await stockBeside(half.length, await FragmentedFiles.make(bench));
    }

    /** The stock tool on files like these, half of them cached; it has no way to be told how much suffices. */
    async function stockBeside(cached: number, files: FragmentedFiles): Promise<void> {
      const { name, argv } = stockTool(bench.fs, files.root, files.paths);
      files.lab.coldStart();
      const run: ProgramResult = await inGroup(files.lab, {}, async (group) => {
        await readHalf(files, group, files.paths.slice(0, cached));
        return files.lab.run(argv, { group });
      });
      bench.note(`${name}: device reads / data`, run.deviceBytesRead / DATA_BYTES, '');
      bench.note(`${name}: files left in more than 2 extents`, files.extents().filter((count) => count > 2).length, 'files');
      bench.note(`${name}: wall time`, run.wallMs / 1000, 's');
    }
  },
};

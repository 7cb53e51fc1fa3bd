import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MIB, sum } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { command } from '../lab/command.js';
import { finish } from './finish.js';
import { pairs, reportSlowdown } from './slowdown.js';
import { withWatching } from './watching.js';

const SOURCE = fileURLToPath(new URL('../../../src/cost/rewriter.c', import.meta.url));
const SECONDS = 2;

/** One process for each core rewrites a file of 1 MiB in a loop, and a task watches one file of that file system. */
export const rewriteScenario: Scenario = {
  name: 'rewrite',
  summary: 'a process for each core rewrites 1 MiB in a loop: slowed down by a task that watches one file',
  async run(bench) {
    const lab = bench.emptyLab(1024 * MIB);
    const rewriter = join(lab.scratch(), 'rewriter');
    command('gcc', ['-O2', '-o', rewriter, SOURCE]);
    const files = Array.from({ length: availableParallelism() }, (_, core) => join(lab.path, `rewritten-${core}`));
    const another = join(lab.path, 'another');
    for (const file of [...files, another]) writeFileSync(file, Buffer.alloc(MIB, 1));
    /** Microseconds a round. */
    const rewrite = async (...how: readonly string[]): Promise<number> => {
      const rates = await Promise.all(files.map((file) => finish([rewriter, file, String(SECONDS), ...how])));
      return (1e6 * files.length) / sum(rates.map(Number));
    };
    const [watched = ''] = files;
    await withWatching(async (watching) => {
      await watching.warmUp(watched);
      reportSlowdown(bench, 'one of the files is watched', await pairs(bench, watching, watched, () => rewrite()), true);
      reportSlowdown(bench, 'another file is watched', await pairs(bench, watching, another, () => rewrite()), true);
      reportSlowdown(bench, 'cut to nothing each time, one watched', await pairs(bench, watching, watched, () => rewrite('truncate')), false);
      reportSlowdown(bench, 'cut to nothing each time, another watched', await pairs(bench, watching, another, () => rewrite('truncate')), false);
    });
  },
};

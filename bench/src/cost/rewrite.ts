import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { command } from '../lab/command.js';
import { finish } from './finish.js';
import { alternateSlices, cpuMs, roundsInSlices, slicesSeconds, stretchesOf, wallMs } from './slices.js';
import { reportSlowdown } from './slowdown.js';
import { withWatching } from './watching.js';

const SOURCE = fileURLToPath(new URL('../../../src/cost/rewriter.c', import.meta.url));
/** Pairs of slices in each pair that is asked for. */
const SLICES = 10;
/** Until the rewriters are up to speed. */
const BEFORE_SECONDS = 2;

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
    const [watched = ''] = files;
    await withWatching(async (watching) => {
      await watching.warmUp(watched);
      const measure = async (what: string, path: string, held: boolean, ...how: readonly string[]): Promise<void> => {
        await watching.watch(path);
        const count = bench.reps * SLICES;
        const rewriting = Promise.all(files.map((file) => finish([rewriter, file, String(BEFORE_SECONDS + slicesSeconds(count)), ...how])));
        await sleep(BEFORE_SECONDS * 1000);
        const slices = await alternateSlices(count, watching.tracing());
        const processes = (await rewriting).map(stretchesOf);
        await watching.leave();
        reportSlowdown(bench, what, roundsInSlices(slices, processes, wallMs), held);
        reportSlowdown(bench, '  in its CPU time', roundsInSlices(slices, processes, cpuMs), false);
      };
      await measure('one of the files is watched', watched, true);
      await measure('another file is watched', another, true);
      await measure('cut to nothing each time, one watched', watched, false, 'truncate');
      await measure('cut to nothing each time, another watched', another, false, 'truncate');
    });
  },
};

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GIB, MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { text } from '../tree/text.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { contest } from './contest.js';
import { inWorkshop } from './workshop.js';
import type { Workshop } from './workshop.js';

/** Most memory that a run may take, its threads included. */
const MOST_MEMORY_MIB = 300;

/** 1 GiB, half of it random bytes and half text. */
export const speedScenario: Scenario = {
  name: 'speed',
  summary: '1 GiB, half random, half text, cached: time, memory and size beside restic',
  run: (bench) =>
    inWorkshop(async (workshop) => {
      makeHalfText(workshop, bench.seed);
      const { duet, restic } = contest(workshop, bench.reps);
      bench.note('duet, wall time', duet.first.wallSeconds, 's');
      bench.note('restic, wall time', restic.first.wallSeconds, 's');
      bench.note('duet, CPU time', duet.first.cpuSeconds, 's');
      bench.note('restic, CPU time', restic.first.cpuSeconds, 's');
      bench.note('restic, peak memory', restic.first.peakBytes / MIB, 'MiB');
      bench.bar('CPU time, of restic', duet.first.cpuSeconds / restic.first.cpuSeconds, '', '<=', 0.8);
      bench.bar('wall time, of restic', duet.first.wallSeconds / restic.first.wallSeconds, '', '<=', 0.8);
      bench.bar('stored, of restic', duet.storedBytes / restic.storedBytes, '', '<=', 1.01);
      bench.bar('peak memory', duet.first.peakBytes / MIB, 'MiB', '<=', MOST_MEMORY_MIB);
    }),
};

function makeHalfText({ tree }: Workshop, seed: number): void {
  makeTree(mixedTree({ seed, totalBytes: GIB / 2, minBytes: 4096, maxBytes: 64 * MIB }), join(tree, 'random'));
  mixedTree({ seed: seed + 1, totalBytes: GIB / 2, minBytes: 4096, maxBytes: 64 * MIB }).files.forEach(({ path, bytes }, i) => {
    const file = join(tree, 'text', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text(seed + i, bytes));
  });
}

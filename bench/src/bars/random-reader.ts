import { fileURLToPath } from 'node:url';
import { startScrub } from '../duet/duet-command.js';
import { LabError } from '../lab/lab-error.js';
import { nulList } from '../tree/tree.js';
import { cold, MIB, SMALL_CACHE_BYTES } from './bench.js';
import type { Bench, Disk, Scenario } from './bench.js';
import { inodesOf, processedUnits } from './processed-units.js';
import { sharedReads } from './shared-reads.js';
import type { SharedReads } from './shared-reads.js';

const READER = fileURLToPath(new URL('../random-reader.js', import.meta.url));

/** Slow enough that the two programs compete for the disk, and not for a processor. */
const READ_BYTES_PER_SECOND = 200 * MIB;

interface Together extends SharedReads {
  readonly reads: number;
  /** Brought in by the other program before the scrub said that it started. */
  readonly beforeStart: number;
  /** Of both programs at once. */
  readonly peakAnonBytes: number;
}

/** Another program reads all files in random order while the scrub runs: the scrub uses what that brings in. */
export const randomReaderScenario: Scenario = {
  name: 'random-reader',
  summary: 'another program reads all files in random order meanwhile: what it brings in is consumed',
  async run(bench) {
    const disk = await bench.mixed();
    let peakAnonBytes = 0;
    const unlimited: Together[] = [];
    for (let rep = 0; rep < bench.reps; rep++) {
      const run = await together(bench, disk, rep, undefined);
      unlimited.push(run);
      peakAnonBytes = Math.max(peakAnonBytes, run.peakAnonBytes);
    }
    report(bench, 'no limit', unlimited, disk.tree.bytes);
    bench.note('peak anonymous memory of both programs (no limit)', peakAnonBytes / MIB, 'MiB');
    const limited: Together[] = [];
    for (let rep = 0; rep < bench.reps; rep++) limited.push(await together(bench, disk, rep, SMALL_CACHE_BYTES + peakAnonBytes));
    report(bench, '256 MiB', limited, disk.tree.bytes);
    const later = await together(bench, disk, 0, SMALL_CACHE_BYTES + peakAnonBytes, 'start line');
    bench.note('256 MiB, the other begins at the start line: consumed', later.consumed / later.needed, '');
  },
};

function report(bench: Bench, limit: string, runs: readonly Together[], data: number): void {
  bench.note(`${limit}: device reads of both / data, worst run`, Math.max(...runs.map((run) => run.reads / data)), '');
  bench.note(`${limit}: brought in while unverified / data, least`, Math.min(...runs.map((run) => run.needed / data)), '');
  bench.note(`${limit}: brought in before the start line / data, most`, Math.max(...runs.map((run) => run.beforeStart / data)), '');
  bench.bar(`${limit}: of these consumed from the cache, worst run`, Math.min(...runs.map((run) => run.consumed / run.needed)), '', '>=', 0.9);
}

async function together(bench: Bench, disk: Disk, rep: number, memoryBytes: number | undefined, readerStarts: 'at once' | 'start line' = 'at once'): Promise<Together> {
  const { lab, root, tree } = disk;
  const order = bench.random(300 + rep).shuffle(tree.files);
  const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
  return cold(disk, limits, async (group) => {
    const trace = lab.traceAdded();
    try {
      const running = startScrub(lab, { path: root, state: lab.scratch(), group, units: true });
      if (readerStarts === 'start line') await running.started;
      const reader = lab.start([process.execPath, READER], { group, input: nulList(root, order) });
      const [scrubbed, read] = await Promise.all([running.done, reader.result]);
      if (scrubbed.exitCode !== 0) throw new LabError(`duet run exited with ${scrubbed.exitCode ?? scrubbed.signal}: ${scrubbed.stderr.trim()}`);
      if (read.exitCode !== 0) throw new LabError(`the reader exited with ${read.exitCode ?? read.signal}: ${read.stderr.trim()}`);
      // The file system's own metadata can show up too, as an inode that is no file of the tree.
      const inodes = inodesOf(disk);
      const files = new Set(inodes.values());
      const added = trace.stop().filter((pages) => files.has(pages.ino));
      const startedMs = scrubbed.start?.arrivedMs ?? NaN;
      return {
        ...sharedReads(added, reader.pid, [processedUnits(scrubbed.units, 'scrub', inodes)]),
        beforeStart: sharedReads(added.filter((pages) => pages.atMs < startedMs), reader.pid, [[]]).broughtIn,
        reads: Math.max(scrubbed.deviceBytesRead, read.deviceBytesRead),
        peakAnonBytes: scrubbed.peakAnonBytes,
      };
    } finally {
      lab.removeTrace();
    }
  });
}

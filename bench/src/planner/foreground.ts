import { alternate, MIB, SMALL_CACHE_BYTES, sum } from '../bars/bench.js';
import type { Disk, Scenario } from '../bars/bench.js';
import { median, percentile } from '../bars/figures.js';
import type { SharedReads } from '../bars/shared-reads.js';
import type { DuetRun } from '../duet/duet-command.js';
import { zipfAccesses } from '../foreground/accesses.js';
import { buildReader } from '../foreground/reader.js';
import { beside, besideNothing, besideTracedJobs } from './beside-foreground.js';
import type { ForegroundPart, Span } from './beside-foreground.js';
import { JOBS } from './jobs.js';
import { runJobs, runPeers } from './measured.js';
import { PEERS } from './peers.js';
import { Setting } from './setting.js';
import type { Side } from './setting.js';
import { jobsLimit, peersLimit } from './three-cold.js';

/** How long the run with the least pressure may take: what the bench has time for. */
const MOST_MS = 40_000;
/** More than any run has time for, with pauses of 5 ms. */
const ACCESSES = 60_000;
/** To learn how much memory the foreground program takes for itself. */
const SHORT_MS = 500;

/** What the repetitions came to. */
interface Runs {
  readonly peers: (Span & ForegroundPart)[];
  readonly duet: (Span & ForegroundPart & SharedReads)[];
  readonly gentle: (DuetRun & ForegroundPart)[];
  readonly alone: ForegroundPart[];
}

/** A program reads by a Zipf law all the while: what it brings in is of use, and its reads take hardly longer. */
export const foregroundScenario: Scenario = {
  name: 'foreground',
  summary: 'another program reads 64 KiB every 5 ms by a Zipf law meanwhile: what of it is consumed, and how long its reads take',
  async run(bench) {
    const disk = await bench.mixed();
    const program = buildReader(disk.lab.scratch());
    const stages = Array.from({ length: bench.reps }, (_, rep) => ({ disk, program, accesses: zipfAccesses(disk.tree, bench.random(600 + rep), ACCESSES) }));
    const ownBytes = await bench.peakAnonBytes('foreground', () => besideNothing(stages[0], undefined, SHORT_MS));
    const jobsBytes = ownBytes + (await jobsLimit(bench, disk, JOBS, SMALL_CACHE_BYTES));
    const peersBytes = ownBytes + (await peersLimit(bench, disk, PEERS, SMALL_CACHE_BYTES));
    const runs: Runs = { peers: [], duet: [], gentle: [], alone: [] };
    await alternate(
      bench.reps,
      async (rep) => void runs.peers.push(await beside(stages[rep], peersBytes, (group) => runPeers(disk, group, PEERS, ['ionice', '-c3', 'nice']))),
      async (rep) => {
        runs.duet.push(await besideTracedJobs(stages[rep], jobsBytes));
        const gentle = await beside(stages[rep], jobsBytes, (group) => runJobs(disk, group, JOBS, { args: ['--io-pressure', '1'], mostMs: MOST_MS }));
        runs.gentle.push(gentle);
        runs.alone.push(await besideNothing(stages[rep], SMALL_CACHE_BYTES + ownBytes, gentle.wallMs));
      },
    );
    report(new Setting(bench, 'beside a Zipf reader'), disk, runs);
    bench.note('peak anonymous memory of the Zipf reader (first run)', ownBytes / MIB, 'MiB');
  },
};

function report(setting: Setting, disk: Disk, { peers, duet, gentle, alone }: Runs): void {
  const data = disk.tree.bytes;
  setting.note('brought in while a task needs it / data, least', Math.min(...duet.map((run) => run.needed / data)), '');
  setting.bar('of these consumed from the cache, worst run', Math.min(...duet.map((run) => run.consumed / run.needed)), '>=', 0.95);

  // The same accesses, as many as there were beside the run: a longer one finds more of them cached.
  const asMany = alone.map(({ latenciesMs }, rep) => ({ latenciesMs: latenciesMs.slice(0, gentle[rep].latenciesMs.length) }));
  const p99 = (side: Side, runs: readonly Pick<ForegroundPart, 'latenciesMs'>[]): number => {
    const [middle, high] = [0.5, 0.99].map((share) => median(runs.map(({ latenciesMs }) => percentile(latenciesMs, share))));
    setting.noteOf('read latency, median', side, middle);
    setting.noteOf('read latency, p99', side, high);
    return high;
  };
  const theirs = p99('three peers', peers);
  setting.bar('p99 / beside the three peers', p99('Duet', duet) / theirs, '<=', 0.2);
  const gently = p99('Duet --io-pressure 1', gentle);
  setting.bar('p99 with --io-pressure 1 / no maintenance', gently / p99('no maintenance', asMany), '<=', 1.5);

  const wall = (side: Side, runs: readonly Span[]): number => {
    const ms = median(runs.map(({ wallMs }) => wallMs));
    setting.noteOf('wall time', side, ms / 1000);
    return ms;
  };
  const theirMs = wall('three peers', peers);
  setting.bar('wall / three peers together', wall('Duet', duet) / theirMs, '<=', 1);
  wall('Duet --io-pressure 1', gentle);
  const done = gentle.map(({ summary }) => sum((summary?.tasks ?? []).map((task) => task.bytes)) / (JOBS.length * data));
  setting.note('done by then with --io-pressure 1, least', 100 * Math.min(...done), '%');
}

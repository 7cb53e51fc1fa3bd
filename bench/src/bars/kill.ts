import { recordedSums, trueSums } from '../duet/durable-sums.js';
import { startScrub } from '../duet/duet-command.js';
import type { DuetRun } from '../duet/duet-command.js';
import { LabError } from '../lab/lab-error.js';
import { cold, MIB } from './bench.js';
import type { Bench, Disk, Scenario } from './bench.js';

const KILLS = 20;

/** A whole pass takes some seconds, so that kills meet it at every stage. */
const READ_BYTES_PER_SECOND = 200 * MIB;

/** What came of the kills so far. */
interface Tally {
  kills: number;
  /** Kills that met a run which had reported units, and one which had files not checkpointed yet. */
  amidUnits: number;
  amidUnsaved: number;
  cycles: number;
  /** Files that came again although they were durable. */
  readAgain: number;
  /** Files that had been read but not checkpointed, and came again: the price of a kill. */
  repeated: number;
  /** Files that a checkpoint line claimed, and that were not in the database after the kill. */
  claimedAndLost: number;
  /** Files that a complete cycle left without a record, or with a wrong one. */
  skipped: number;
}

/**
 * Kills the scrub with SIGKILL at 20 random moments, restarts it each time.
 *
 * What is durable is asked of the state database itself after each kill
 * (`duet scrub export`: records and done bits are committed together). The next
 * run may report none of these files; and when a cycle is complete, all files
 * have a record that agrees with sha256sum.
 */
export const killScenario: Scenario = {
  name: 'kill',
  summary: 'kill -9 at 20 random moments: nothing skipped, nothing durable read again',
  async run(bench) {
    const disk = await bench.mixed();
    const truth = trueSums(disk.root);
    const whole = await once(bench, disk, disk.lab.scratch(), Infinity);
    const tally: Tally = { kills: 0, amidUnits: 0, amidUnsaved: 0, cycles: 0, readAgain: 0, repeated: 0, claimedAndLost: 0, skipped: 0 };
    const random = bench.random(400);
    bench.note('seed of the moments', bench.seed + 400, '');
    bench.note('wall time of a whole pass, 200 MiB/s', whole.wallMs, 'ms');
    while (tally.kills < KILLS) await cycle(bench, disk, truth, tally, () => random.next() * (whole.wallMs / 2));
    bench.note('complete cycles', tally.cycles, '');
    bench.note('kills after the first unit of a run', tally.amidUnits, '');
    bench.note('kills with files read and not durable yet', tally.amidUnsaved, '');
    bench.note('files read again that were not durable yet', tally.repeated, 'files');
    bench.bar('kills', tally.kills, '', '=', KILLS);
    bench.bar('files skipped or recorded wrongly', tally.skipped, 'files', '=', 0);
    bench.bar('files read again although durable', tally.readAgain, 'files', '=', 0);
    bench.bar('files checkpointed and lost', tally.claimedAndLost, 'files', '=', 0);
  },
};

/** One cycle from an empty state database to its end, with kills after `nextMs()` each while there are some left. */
async function cycle(bench: Bench, disk: Disk, truth: ReadonlyMap<string, string>, tally: Tally, nextMs: () => number): Promise<void> {
  const state = disk.lab.scratch();
  let durable = new Map<string, string>();
  const met = new Set<string>();
  for (;;) {
    const run = await once(bench, disk, state, tally.kills < KILLS ? nextMs() : Infinity);
    const reported = new Set(run.units.map((unit) => unit.path));
    for (const path of reported) {
      if (durable.has(path)) tally.readAgain += 1;
      else if (met.has(path)) tally.repeated += 1;
      met.add(path);
    }
    durable = recordedSums(state, disk.root);
    if (run.signal !== 'SIGKILL') break;
    tally.kills += 1;
    if (reported.size > 0) tally.amidUnits += 1;
    if ([...reported].some((path) => !durable.has(path))) tally.amidUnsaved += 1;
    tally.claimedAndLost += Math.max(0, (run.checkpoints.at(-1)?.filesDone ?? 0) - durable.size);
  }
  tally.cycles += 1;
  for (const [path, sum] of truth) if (durable.get(path) !== sum) tally.skipped += 1;
}

/** A run on a cold disk, killed after `killMs` unless it ends before. */
function once(bench: Bench, disk: Disk, state: string, killMs: number): Promise<DuetRun> {
  return cold(disk, { readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
    const running = startScrub(disk.lab, { path: disk.root, state, group, units: true });
    const timer = killMs === Infinity ? undefined : setTimeout(() => running.program.kill('SIGKILL'), killMs);
    const run = await running.done;
    clearTimeout(timer);
    if (run.signal !== 'SIGKILL' && run.exitCode !== 0) throw new LabError(`duet run exited with ${run.exitCode ?? run.signal} (seed ${bench.seed}): ${run.stderr.trim()}`);
    return run;
  });
}

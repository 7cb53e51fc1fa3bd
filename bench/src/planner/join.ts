import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cold, SMALL_CACHE_BYTES } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import { LabError } from '../lab/lab-error.js';
import type { JoinAt, JoinLine, JoinPlan } from './join-driver.js';
import { joinFloor } from './join-floor.js';
import { JOBS, prepareJobs } from './jobs.js';
import { inScratch, READ_BYTES_PER_SECOND } from './measured.js';
import { Setting } from './setting.js';
import { jobsLimit } from './three-cold.js';

const DRIVER = fileURLToPath(new URL('./join-driver.js', import.meta.url));

/** Enough for every task alone several times over, also by a careful guess of the disk's rate. */
const DEADLINE_MS = 180_000;

/** When each task but the first joins, and by when those before the last have to be done. */
interface Schedule {
  readonly at: readonly JoinAt[];
  readonly deadlineMs?: number;
}

interface Joined {
  /** Shares of the data. */
  readonly reads: number;
  readonly floor: number;
  /** Milliseconds after the start at which each but the first joined. */
  readonly joinsMs: readonly number[];
  /** Tasks that were done after their deadline. */
  readonly late: number;
}

/** Tasks that start at different times share what they still both need; with deadlines, they wait for each other. */
export const joinScenario: Scenario = {
  name: 'join',
  summary: 'a second task joins when the first is half done, a third when the second is: device reads against the floor',
  async run(bench) {
    const disk = await bench.mixed();
    const atHalf = new Setting(bench, 'two join, one after the other');
    const runs: Joined[] = [];
    for (let rep = 0; rep < bench.reps; rep++) runs.push(await joined(bench, disk, { at: ['half', 'half'] }));
    const worst = runs.toSorted((a, b) => b.reads / b.floor - a.reads / a.floor)[0];
    atHalf.reads([worst.reads], [], worst.floor, 1.02 * worst.floor);
    atHalf.bar('device reads / floor, worst run', worst.reads / worst.floor, '<=', 1.02);

    const waiting = new Setting(bench, 'two join, the first can wait');
    const at = [0, 1].map((number) => ({ afterMs: median(runs.map((run) => run.joinsMs[number])) }));
    const waited: Joined[] = [];
    for (let rep = 0; rep < bench.reps; rep++) waited.push(await joined(bench, disk, { at, deadlineMs: DEADLINE_MS }));
    waiting.reads(waited.map((run) => run.reads), [], 1, 1.02);
    waiting.bar('deadlines missed', Math.max(...waited.map((run) => run.late)), '=', 0);
  },
};

async function joined(bench: Bench, disk: Disk, schedule: Schedule): Promise<Joined> {
  const { lab, root, tree } = disk;
  const memoryBytes = await jobsLimit(bench, disk, JOBS, SMALL_CACHE_BYTES);
  return inScratch(lab, (scratch) =>
    cold(disk, { memoryBytes, readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
      const lines: JoinLine[] = [];
      const plan = planOf(root, scratch, schedule);
      const { deviceBytesRead } = await lab.run([process.execPath, DRIVER, JSON.stringify(plan)], { group, onLine: (line) => lines.push(JSON.parse(line) as JoinLine) });
      const units = lines.filter((line) => line.type === 'unit');
      const startedMs = lines.find((line) => line.type === 'started')?.atMs ?? NaN;
      const joins = lines.filter((line) => line.type === 'joined');
      if (joins.length < schedule.at.length) throw new LabError('not all tasks joined the run');
      const startOf = (task: string): number => joins.find((line) => line.task === task)?.atMs ?? startedMs;
      const endOf = (task: string): number => Math.max(...units.filter((unit) => unit.task === task).map((unit) => unit.endMs));
      const late = JOBS.slice(0, -1).filter(({ name }) => endOf(name) > startOf(name) + (schedule.deadlineMs ?? Infinity));
      return {
        reads: deviceBytesRead / tree.bytes,
        floor: joinFloor(units, joins.map((line) => line.atMs), tree.bytes) / tree.bytes,
        joinsMs: joins.map((line) => line.atMs - startedMs),
        late: late.length,
      };
    }),
  );
}

function planOf(path: string, scratch: string, { at, deadlineMs }: Schedule): JoinPlan {
  const state = join(scratch, 'state');
  mkdirSync(state);
  const configs = prepareJobs(JOBS, scratch);
  const tasks = JOBS.map((job, i) => ({
    module: job.module,
    config: configs[i],
    at: at[i - 1] ?? { afterMs: 0 },
    // The last one reads at once, and the others with it.
    ...(deadlineMs !== undefined && i < JOBS.length - 1 && { deadlineMs }),
  }));
  return { path, state, tasks };
}

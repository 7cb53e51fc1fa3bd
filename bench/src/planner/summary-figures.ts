import { cold, readByAnother, sum } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { SMALL_CACHE_BYTES } from '../bars/bench.js';
import type { DuetRun } from '../duet/duet-command.js';
import { LabError } from '../lab/lab-error.js';
import { pickFiles } from '../tree/tree.js';
import { JOBS } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs } from './measured.js';
import { Setting } from './setting.js';
import { jobsLimit } from './three-cold.js';

/** Largest share by which a figure may be wrong. */
const MOST_WRONG = 0.01;

/** What a run says of itself at its end is what the device counted. */
export const summaryFiguresScenario: Scenario = {
  name: 'summary-figures',
  summary: 'the figures of the summary against the device\'s own counter',
  async run(bench) {
    const disk = await bench.mixed();
    const memoryBytes = await jobsLimit(bench, disk, JOBS, SMALL_CACHE_BYTES);
    const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND };
    const runs = { cold: [] as DuetRun[], half: [] as DuetRun[] };
    for (let rep = 0; rep < bench.reps; rep++) {
      runs.cold.push(await cold(disk, { ...limits, memoryBytes }, (group) => runJobs(disk, group, JOBS)));
      runs.half.push(
        await cold(disk, limits, async (group) => {
          await readByAnother(disk, group, pickFiles(disk.tree, bench.random(500 + rep), disk.tree.bytes / 2));
          return runJobs(disk, group, JOBS);
        }),
      );
    }
    report(bench, disk, 'cold, 256 MiB of cache', runs.cold);
    report(bench, disk, 'half of it cached', runs.half);
  },
};

function report(bench: Bench, disk: Disk, name: string, runs: readonly DuetRun[]): void {
  const setting = new Setting(bench, name);
  const wrong = { device: 0, fromDisk: 0, bytes: 0 };
  for (const { summary, deviceBytesRead } of runs) {
    if (!summary) throw new LabError('duet run printed no summary');
    const fromDisk = sum(summary.tasks.map((task) => task.bytesFromDisk));
    const fromCache = sum(summary.tasks.map((task) => task.bytesFromCache));
    wrong.device = Math.max(wrong.device, error(summary.deviceBytesRead ?? 0, deviceBytesRead));
    wrong.fromDisk = Math.max(wrong.fromDisk, error(fromDisk, deviceBytesRead));
    wrong.bytes = Math.max(wrong.bytes, error(fromCache + fromDisk, JOBS.length * disk.tree.bytes));
  }
  setting.bar('deviceBytesRead off the device', wrong.device, '<=', MOST_WRONG);
  setting.bar('bytesFromDisk of all tasks off the device', wrong.fromDisk, '<=', MOST_WRONG);
  setting.bar('bytesFromCache + bytesFromDisk off 3 x data', wrong.bytes, '<=', MOST_WRONG);
}

function error(said: number, counted: number): number {
  return Math.abs(said / counted - 1);
}

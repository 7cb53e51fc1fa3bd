import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PageEvent, openDuet } from '@duet/core';
import type { BytePath } from '@duet/core';
import { median } from '../bars/figures.js';
import { cachedBytes } from '../lab/cached-bytes.js';
import { Lab } from '../lab/lab.js';
import { content } from '../tree/random.js';
import { kernelCounts } from './kernel-counts.js';
import type { KernelCounts } from './kernel-counts.js';
import type { Report, Scenario } from './report.js';

const MIB = 1 << 20;
const FILE_BYTES = 2048 * MIB;
/** All events have arrived this long after the last one. */
const SETTLE_MS = 500;
const TRIES = 10;

export const coldReadScenario: Scenario = {
  name: 'cold-read',
  summary: 'a cold read of 2 GiB on btrfs at full speed, one task on items$, default buffers: nothing is lost',
  async run(report, reps) {
    const lab = new Lab({ fs: 'btrfs', sizeBytes: FILE_BYTES + 1024 * MIB });
    try {
      const file = join(lab.path, 'file');
      const fd = openSync(file, 'wx');
      for (const piece of content(1, 1, FILE_BYTES)) writeSync(fd, piece);
      closeSync(fd);
      await lab.settle();
      await readCold(report, lab, file, reps, 0);
      await readCold(report, lab, file, reps, 3 * cpus().length);
    } finally {
      lab.close();
    }
  },
};

/** Reads the file `reps` times, each time cold and with a new task, while as many other processes as told keep the CPUs busy. */
async function readCold(report: Report, lab: Lab, file: string, reps: number, busy: number): Promise<void> {
  const others = Array.from({ length: busy }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
  const runs: Run[] = [];
  try {
    for (let rep = 0; rep < reps; rep++) {
      lab.coldStart();
      runs.push(await readOnce(lab, file));
    }
  } finally {
    for (const other of others) other.kill('SIGKILL');
  }
  const load = busy === 0 ? 'alone' : `beside ${busy} busy processes`;
  report.note(`${load}: speed of the reader`, median(runs.map((run) => run.mibPerSecond)), 'MiB/s');
  report.note(`${load}: kernel events read`, median(runs.map((run) => run.read)), '');
  report.bar(`${load}: events lost, kernel's count, all ${reps} reads`, sum(runs.map((run) => run.lost)), '', '=', 0);
  report.note(`${load}: pages told, least`, Math.min(...runs.map((run) => run.pages)), '');
  report.bar(`${load}: pages told that are not resident, or the other way round`, sum(runs.map((run) => run.wrong)), '', '=', 0);
}

interface Run extends KernelCounts {
  readonly mibPerSecond: number;
  /** Pages that the task holds to be cached at the end, and by how many the kernel says otherwise. */
  readonly pages: number;
  readonly wrong: number;
}

async function readOnce(lab: Lab, file: string): Promise<Run> {
  const duet = await openDuet({ stateDir: null, source: 'tracefs' });
  try {
    const session = duet.register({ name: 'cold-read', path: lab.path as BytePath, events: ['exists'] });
    let pages = 0;
    session.items$.subscribe((items) => {
      for (const item of items) pages += (item.events & PageEvent.EXISTS) !== 0 ? item.pages : -item.pages;
    });
    await session.ready;
    const start = performance.now();
    await once(spawn('dd', [`if=${file}`, 'of=/dev/null', 'bs=1M', 'status=none'], { stdio: 'ignore' }), 'exit');
    const seconds = (performance.now() - start) / 1000;
    // Idle cache may be reclaimed at any time: the kernel is asked again where pages left meanwhile.
    let wrong = Infinity;
    for (let tries = 0; wrong !== 0 && tries < TRIES; tries++) {
      await sleep(SETTLE_MS);
      wrong = Math.abs(cachedPages(file) - pages);
    }
    return { mibPerSecond: FILE_BYTES / MIB / seconds, pages, wrong, ...kernelCounts() };
  } finally {
    await duet.close();
  }
}

function cachedPages(file: string): number {
  return Math.ceil((cachedBytes([file])[0] ?? NaN) / 4096);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import { mkdirSync, closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inGroup, MIB } from '../bars/bench.js';
import type { Bench, Scenario } from '../bars/bench.js';
import { median } from '../bars/figures.js';
import { dropCached } from '../lab/fadvise.js';
import { LabError } from '../lab/lab-error.js';
import { withWatching } from './watching.js';
import type { Watching } from './watching.js';

/** Most CPU time that Duet itself may take, in percent of one core. */
const OWN_CPU_MAX = 1.5;

const READ_BYTES_PER_SECOND = 200e6;
const SECONDS = 20;
/** How often all is read before anything is measured: what runs at each event is compiled by then. */
const WARM_ROUNDS = 3;
/** How often all is read while it is measured. */
const ROUNDS = 5;
/** Until the reader is up to speed. */
const BEFORE_SECONDS = 5;

const FILES = 8;
const FILE_MIB = Math.ceil((READ_BYTES_PER_SECOND * (BEFORE_SECONDS + SECONDS + 2)) / FILES / MIB);

/** A program reads as fast as a throttled disk allows, and a task watches the folder. */
export const ownCpuScenario: Scenario = {
  name: 'own-cpu',
  summary: 'a disk of 200 MB/s is saturated: CPU time of the watching process',
  async run(bench) {
    const lab = bench.emptyLab(FILES * FILE_MIB * MIB + 1024 * MIB);
    const root = join(lab.path, 'read');
    const files = writeFiles(root);
    await lab.settle();
    await withWatching(async (watching) => {
      await watching.warmUp(root);
      await watching.watch(root);
      const idle = await usage(watching);
      bench.note('nothing happens: CPU time of one core', idle.cpuPercent, '%');
      await inGroup(lab, { readBytesPerSecond: READ_BYTES_PER_SECOND }, async (group) => {
        for (let round = 0; round < WARM_ROUNDS; round++) {
          await lab.run(['cat', ...files], { group });
          files.forEach(drop);
        }
        const rounds: Saturated[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const reader = lab.start(['cat', ...files], { group });
          await sleep(BEFORE_SECONDS * 1000);
          const readBefore = lab.device.bytesRead();
          const used = await usage(watching);
          rounds.push({ ...used, bytesPerSecond: (lab.device.bytesRead() - readBefore) / used.seconds });
          const { exitCode, stderr } = await reader.result;
          if (exitCode !== 0) throw new LabError(`cat failed: ${stderr}`);
          files.forEach(drop);
        }
        report(bench, rounds);
      });
    });
  },
};

interface Usage {
  readonly seconds: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly eventsPerSecond: number;
  readonly lost: number;
}

interface Saturated extends Usage {
  /** Read from the disk. */
  readonly bytesPerSecond: number;
}

async function usage(watching: Watching): Promise<Usage> {
  const before = await watching.counters();
  const startedMs = performance.now();
  await sleep(SECONDS * 1000);
  const wallMs = performance.now() - startedMs;
  const after = await watching.counters();
  return {
    seconds: wallMs / 1000,
    cpuPercent: ((after.cpuMs - before.cpuMs) / wallMs) * 100,
    eventsPerSecond: ((after.events - before.events) / wallMs) * 1000,
    lost: after.lost,
  };
}

function report(bench: Bench, rounds: readonly Saturated[]): void {
  const percents = rounds.map(({ cpuPercent }) => cpuPercent);
  bench.bar('saturated: read a second', median(rounds.map(({ bytesPerSecond }) => bytesPerSecond / 1e6)), 'MB', '>=', 190);
  bench.note('saturated: page events a second', Math.round(median(rounds.map(({ eventsPerSecond }) => eventsPerSecond))), '');
  bench.bar('saturated: CPU time of one core', median(percents), '%', '<=', OWN_CPU_MAX);
  bench.note('saturated: the same, least of all rounds', Math.min(...percents), '%');
  bench.note('saturated: the same, most of all rounds', Math.max(...percents), '%');
  bench.bar('saturated: events lost', Math.max(...rounds.map(({ lost }) => lost)), '', '=', 0);
}

function writeFiles(root: string): string[] {
  mkdirSync(root);
  const block = Buffer.alloc(MIB, 1);
  return Array.from({ length: FILES }, (_, number) => {
    const path = join(root, `file-${number}`);
    const fd = openSync(path, 'wx');
    for (let mib = 0; mib < FILE_MIB; mib++) writeSync(fd, block);
    closeSync(fd);
    return path;
  });
}

/** Takes the file out of the page cache. */
function drop(path: string): void {
  const fd = openSync(path, 'r');
  dropCached(fd);
  closeSync(fd);
}

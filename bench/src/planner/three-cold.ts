import { alternate, cold, MIB } from '../bars/bench.js';
import type { Bench, Disk, Scenario } from '../bars/bench.js';
import { JOBS } from './jobs.js';
import type { Job } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs, runPeers } from './measured.js';
import { PEERS } from './peers.js';
import type { Peer } from './peers.js';
import { Setting } from './setting.js';

const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND };

/** Memory limit that leaves `cacheBytes` for the cache beside what the jobs' `duet run` takes for itself. */
export async function jobsLimit(bench: Bench, disk: Disk, jobs: readonly Job[], cacheBytes: number): Promise<number> {
  const name = `duet: ${jobs.map((job) => job.name).join(' ')}`;
  return cacheBytes + (await bench.peakAnonBytes(name, () => cold(disk, limits, (group) => runJobs(disk, group, jobs))));
}

/** The same for peers that run together. */
export async function peersLimit(bench: Bench, disk: Disk, peers: readonly Peer[], cacheBytes: number): Promise<number> {
  const name = peers.map((peer) => peer.name).join(' ');
  return cacheBytes + (await bench.peakAnonBytes(name, () => cold(disk, limits, (group) => runPeers(disk, group, peers))));
}

/** Nothing cached, little cache: three tasks read everything once, where their peers read it nearly three times. */
function threeCold(name: string, cacheMib: number, mostReads: number): Scenario {
  const cacheBytes = cacheMib * MIB;
  return {
    name,
    summary: `cold, ${cacheMib} MiB of cache: three tasks in one run against their three peers together`,
    async run(bench) {
      const disk = await bench.mixed();
      const data = disk.tree.bytes;
      const setting = new Setting(bench, `cold, ${cacheMib} MiB of cache`);
      const duetLimit = await jobsLimit(bench, disk, JOBS, cacheBytes);
      const peerLimit = await peersLimit(bench, disk, PEERS, cacheBytes);
      setting.note('peak anonymous memory of duet (first run)', (duetLimit - cacheBytes) / MIB, 'MiB');
      setting.note('peak anonymous memory of the peers (first run)', (peerLimit - cacheBytes) / MIB, 'MiB');
      const duet = { reads: [] as number[], walls: [] as number[] };
      const peers = { reads: [] as number[], walls: [] as number[] };
      const alone: number[] = [];
      await alternate(
        bench.reps,
        async () => {
          const run = await cold(disk, { ...limits, memoryBytes: duetLimit }, (group) => runJobs(disk, group, JOBS));
          duet.reads.push(run.deviceBytesRead / data);
          duet.walls.push(run.wallMs);
          alone.push(await slowestAlone(bench, disk, cacheBytes));
        },
        async () => {
          const run = await cold(disk, { ...limits, memoryBytes: peerLimit }, (group) => runPeers(disk, group, PEERS));
          peers.reads.push(run.deviceBytesRead / data);
          peers.walls.push(run.wallMs);
        },
      );
      setting.reads(duet.reads, peers.reads, 1, mostReads);
      setting.walls(duet.walls, peers.walls, alone);
    },
  };
}

/** Wall time in milliseconds of that task which takes longest when each has the lab for itself. */
async function slowestAlone(bench: Bench, disk: Disk, cacheBytes: number): Promise<number> {
  let slowest = 0;
  for (const job of JOBS) {
    const memoryBytes = await jobsLimit(bench, disk, [job], cacheBytes);
    const run = await cold(disk, { ...limits, memoryBytes }, (group) => runJobs(disk, group, [job]));
    slowest = Math.max(slowest, run.wallMs);
  }
  return slowest;
}

export const threeColdScenario = threeCold('three-cold', 256, 1.02);
export const threeColdSmallScenario = threeCold('three-cold-64', 64, 1.03);

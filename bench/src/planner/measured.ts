import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from '../bars/bench.js';
import { runDuet } from '../duet/duet-command.js';
import type { DuetOptions, DuetRun } from '../duet/duet-command.js';
import type { Group } from '../lab/cgroups.js';
import { LabError } from '../lab/lab-error.js';
import type { Lab } from '../lab/lab.js';
import { monotonicMs } from '../lab/program.js';
import { jobArguments, prepareJobs } from './jobs.js';
import type { Job } from './jobs.js';
import type { Peer } from './peers.js';

/** Bytes a second that every program of these scenarios may read from the lab's device. */
export const READ_BYTES_PER_SECOND = 200e6;

/** What programs that were started together took, from the first start to the last end. */
export interface Together {
  /** When the first was started, ms of CLOCK_MONOTONIC. */
  readonly startedMs: number;
  readonly wallMs: number;
  readonly deviceBytesRead: number;
  /** Of all of them at once, sampled. */
  readonly peakAnonBytes: number;
}

/** Runs jobs as the tasks of one `duet run`; it is started before this returns. @throws {LabError} if it fails. */
export function runJobs({ lab, root }: Disk, group: Group, jobs: readonly Job[], { args = [], ...options }: Pick<DuetOptions, 'args' | 'units' | 'mostMs'> = {}): Promise<DuetRun> {
  return inScratch(lab, (scratch) => {
    const state = join(scratch, 'state');
    mkdirSync(state);
    const prepared = jobArguments(jobs, prepareJobs(jobs, scratch));
    return runDuet(lab, jobs.map(({ name }) => name), { ...options, path: root, state, group, args: [...prepared, ...args] });
  });
}

/** Starts peers at the same moment, before this returns, each as the last arguments of `wrapper`. @throws {LabError} if one of them fails. */
export function runPeers({ lab, root }: Disk, group: Group, peers: readonly Peer[], wrapper: readonly string[] = []): Promise<Together> {
  return inScratch(lab, async (scratch) => {
    const commands = peers.map((peer, number) => {
      const own = join(scratch, String(number));
      mkdirSync(own);
      return [...wrapper, ...peer.prepare(root, own)];
    });
    const startedMs = monotonicMs();
    const readBefore = lab.device.bytesRead();
    const results = await Promise.all(commands.map((argv) => lab.start(argv, { group }).result));
    for (const [i, { exitCode, signal, stderr }] of results.entries()) {
      if (exitCode !== 0) throw new LabError(`${peers[i].name} failed (${exitCode ?? signal}): ${stderr.trim()}`);
    }
    return {
      startedMs,
      wallMs: Math.max(...results.map((result) => result.startedMs + result.wallMs)) - startedMs,
      deviceBytesRead: lab.device.bytesRead() - readBefore,
      peakAnonBytes: Math.max(...results.map((result) => result.peakAnonBytes)),
    };
  });
}

/** Gives `use` a new empty folder off the lab's device, and removes it afterwards: copies of the data add up. */
export async function inScratch<T>(lab: Lab, use: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = lab.scratch();
  try {
    return await use(scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { cold } from '../bars/bench.js';
import type { Disk } from '../bars/bench.js';
import { inodesOf, processedUnits } from '../bars/processed-units.js';
import { sharedReads } from '../bars/shared-reads.js';
import type { SharedReads } from '../bars/shared-reads.js';
import type { Access } from '../foreground/accesses.js';
import { startForeground } from '../foreground/reader.js';
import type { Group } from '../lab/cgroups.js';
import { monotonicMs } from '../lab/program.js';
import { JOBS } from './jobs.js';
import { READ_BYTES_PER_SECOND, runJobs } from './measured.js';

/** When something ran, ms of CLOCK_MONOTONIC. */
export interface Span {
  readonly startedMs: number;
  readonly wallMs: number;
}

/** What the foreground program did while something else ran. */
export interface ForegroundPart {
  /** How long each of its reads took that began meanwhile, in their order. */
  readonly latenciesMs: readonly number[];
  readonly pid: number;
  /** Of its group. */
  readonly peakAnonBytes: number;
}

/** A program that reads by a plan, and the disk that it reads from. */
export interface Stage {
  readonly disk: Disk;
  /** Path of the compiled program. */
  readonly program: string;
  readonly accesses: readonly Access[];
}

/**
 * Measures with the foreground program in the same group, from a cold start
 * until `measure` is done. That has to start its programs before it first waits:
 * then all begin at the same moment.
 */
export function beside<T extends Span>({ disk, program, accesses }: Stage, memoryBytes: number | undefined, measure: (group: Group) => Promise<T>): Promise<T & ForegroundPart> {
  const limits = { readBytesPerSecond: READ_BYTES_PER_SECOND, ...(memoryBytes !== undefined && { memoryBytes }) };
  return cold(disk, limits, async (group) => {
    const running = measure(group);
    const foreground = startForeground(disk, program, group, accesses);
    const measured = await running;
    const { reads, peakAnonBytes } = await foreground.stop();
    const endMs = measured.startedMs + measured.wallMs;
    const latenciesMs = reads.filter(({ atMs }) => atMs >= measured.startedMs && atMs < endMs).map(({ tookMs }) => tookMs);
    return { ...measured, latenciesMs, pid: foreground.pid, peakAnonBytes };
  });
}

/** Beside no maintenance, for so long. */
export function besideNothing(stage: Stage, memoryBytes: number | undefined, wallMs: number): Promise<Span & ForegroundPart> {
  return beside(stage, memoryBytes, async () => {
    const startedMs = monotonicMs();
    await sleep(wallMs);
    return { startedMs, wallMs };
  });
}

/** Beside Duet's three tasks, with the kernel's record of who brought in what. */
export async function besideTracedJobs(stage: Stage, memoryBytes: number): Promise<Span & ForegroundPart & SharedReads> {
  const { disk } = stage;
  try {
    const run = await beside(stage, memoryBytes, async (group) => {
      const trace = disk.lab.traceAdded();
      const jobs = await runJobs(disk, group, JOBS, { units: true });
      return { ...jobs, added: trace.stop() };
    });
    const inodes = inodesOf(disk);
    const files = new Set(inodes.values());
    // The file system's own metadata can show up too, as an inode that is no file of the tree.
    const added = run.added.filter((pages) => files.has(pages.ino));
    return { ...run, ...sharedReads(added, run.pid, JOBS.map(({ name }) => processedUnits(run.units, name, inodes))) };
  } finally {
    disk.lab.removeTrace();
  }
}

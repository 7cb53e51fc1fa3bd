import { setTimeout as sleep } from 'node:timers/promises';
import { differences, pictureTree } from '@duet/plugin-backup/testing';
import { GIB, MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { snapshotIds } from './snapshot-tree.js';
import { inWorkshop } from './workshop.js';
import type { BackupRun, Workshop } from './workshop.js';

const KILLS = 50;

/** What came of kills. */
export interface KillTally {
  kills: number;
  /** Kills that met a run which had made a checkpoint, and one which had read something since its last one. */
  afterCheckpoint: number;
  amidUnsaved: number;
  cycles: number;
  /** After which restic check complained, or a snapshot was there that should not be. */
  damaged: number;
  halfWritten: number;
  /** Files read by a next run although a checkpoint had made them durable. */
  readAgain: number;
  /** Cycles after which what duet restores is not the tree. */
  restoredWrongly: number;
}

/**
 * Kills backups with SIGKILL, `nextMs()` after their start each, and starts
 * them again until their cycle is complete; all cycles go into one repository.
 */
export async function killManyTimes(workshop: Workshop, bytes: number, seed: number, kills: number, nextMs: () => number): Promise<KillTally> {
  makeTree(mixedTree({ seed, totalBytes: bytes, minBytes: 4096, maxBytes: Math.min(32 * MIB, bytes / 16) }), workshop.tree);
  const picture = pictureTree(workshop.tree);
  const tally: KillTally = { kills: 0, afterCheckpoint: 0, amidUnsaved: 0, cycles: 0, damaged: 0, halfWritten: 0, readAgain: 0, restoredWrongly: 0 };
  while (tally.kills < kills) {
    const name = `cycle-${tally.cycles}`;
    const repo = workshop.beside(name);
    workshop.command(repo, 'init');
    await cycle(workshop, repo, tally, kills, nextMs);
    tally.cycles += 1;
    const target = workshop.beside(`${name}-target`);
    workshop.command(repo, 'restore', `latest:${workshop.tree}`, target);
    if (differences(picture, pictureTree(target)).length > 0) tally.restoredWrongly += 1;
    if (!isSound(workshop, repo, '--read-data')) tally.damaged += 1;
  }
  return tally;
}

async function cycle(workshop: Workshop, repo: string, tally: KillTally, kills: number, nextMs: () => number): Promise<void> {
  /** Files that are not durable yet. */
  let left = Infinity;
  for (;;) {
    const run = await once(workshop, repo, tally.kills < kills ? nextMs() : undefined);
    const read = new Set(run.units.map((unit) => unit.path)).size;
    // What a run has to do it says when it starts; killed before, it has done nothing.
    if (run.start) {
      const { filesTotal } = run.start;
      tally.readAgain += Math.max(0, filesTotal - left, read - filesTotal);
      left = filesTotal - (run.checkpoints.at(-1)?.filesDone ?? 0);
    }
    const isComplete = run.signal !== 'SIGKILL';
    if (!isComplete) {
      tally.kills += 1;
      if (run.checkpoints.length > 0) tally.afterCheckpoint += 1;
      if (read > 0) tally.amidUnsaved += 1;
      // As users do after a crash.
      workshop.restic(repo, 'unlock');
      if (!isSound(workshop, repo)) tally.damaged += 1;
    }
    const snapshots = snapshotIds(workshop, repo).length;
    // A kill after the snapshot and before the end leaves a whole one: the next run makes another.
    if (isComplete ? snapshots === 0 : snapshots > 0 && !isSound(workshop, repo, '--read-data')) tally.halfWritten += 1;
    if (isComplete) return;
  }
}

async function once(workshop: Workshop, repo: string, killMs: number | undefined): Promise<BackupRun> {
  const running = workshop.start(repo, `${repo}-state`);
  const timer = new AbortController();
  if (killMs !== undefined) {
    sleep(killMs, undefined, { signal: timer.signal }).then(
      () => running.process.kill('SIGKILL'),
      () => undefined,
    );
  }
  const run = await running.done.finally(() => timer.abort());
  if (run.signal === 'SIGKILL' || run.exitCode === 0) return run;
  throw new Error(`duet run backup exited with ${run.exitCode ?? run.signal}: ${run.stderr.trim()}`);
}

/** Whether restic check is content; packs in no index are none of its errors. */
export function isSound(workshop: Workshop, repo: string, ...args: string[]): boolean {
  return workshop.tryRestic(repo, 'check', ...args).exitCode === 0;
}

/** Kills at random moments. */
export const killScenario: Scenario = {
  name: 'kill',
  summary: `kill -9 at ${KILLS} random moments: the repository is sound, and the next run goes on from the last checkpoint`,
  async run(bench) {
    const wholeMs = await inWorkshop((workshop) => timeOfOne(workshop, bench.seed));
    const random = bench.random(500);
    const tally = await inWorkshop((workshop) => killManyTimes(workshop, GIB / 2, bench.seed, KILLS, () => random.next() * wholeMs));
    bench.note('seed of the moments', bench.seed + 500, '');
    bench.note('wall time of a whole run', wholeMs, 'ms');
    bench.note('complete cycles', tally.cycles, '');
    bench.note('kills after a checkpoint of the same run', tally.afterCheckpoint, '');
    bench.note('kills of runs that had read something', tally.amidUnsaved, '');
    bench.bar('kills', tally.kills, '', '=', KILLS);
    bench.bar('repositories that restic check complains about', tally.damaged, '', '=', 0);
    bench.bar('snapshots half-written or missing', tally.halfWritten, '', '=', 0);
    bench.bar('files read again although durable', tally.readAgain, 'files', '=', 0);
    bench.bar('cycles restored wrongly', tally.restoredWrongly, '', '=', 0);
  },
};

async function timeOfOne(workshop: Workshop, seed: number): Promise<number> {
  makeTree(mixedTree({ seed, totalBytes: GIB / 2, minBytes: 4096, maxBytes: 32 * MIB }), workshop.tree);
  const repo = workshop.beside('repo');
  workshop.command(repo, 'init');
  const startMs = performance.now();
  await workshop.backUp(repo, workshop.beside('state'));
  return performance.now() - startMs;
}

import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { differences, pictureTree } from '@duet/plugin-backup/testing';
import { MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { Lab } from '../lab/lab.js';
import type { FsType } from '../lab/lab.js';
import { command } from '../lab/command.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { isSound } from './kill.js';
import { snapshotIds } from './snapshot-tree.js';
import { folderBytes, inWorkshop } from './workshop.js';
import type { Workshop } from './workshop.js';

const TIMES = 5;

/** What came of disks that were full. */
export interface FullTally {
  times: number;
  /** What runs said that did not end with the one error that says so, and exit code 3. */
  otherEnds: string[];
  damaged: number;
  halfWritten: number;
  /** Runs after there was room again that failed, or whose snapshot is not the tree. */
  notGoneOn: number;
}

/**
 * Backs up to disks with room for part of the data: they fill up at another
 * moment each. Then there is room again.
 */
export async function fillManyTimes(workshop: Workshop, fs: FsType, bytes: number, seed: number, times: number): Promise<FullTally> {
  makeTree(mixedTree({ seed, totalBytes: bytes, minBytes: 4096, maxBytes: Math.min(16 * MIB, bytes / 8) }), workshop.tree);
  const picture = pictureTree(workshop.tree);
  const storedBytes = await stored(workshop);
  const tally: FullTally = { times: 0, otherEnds: [], damaged: 0, halfWritten: 0, notGoneOn: 0 };
  for (let time = 0; time < times; time++) {
    const lab = new Lab({ fs, sizeBytes: Math.max(512 * MIB, 2 * bytes + 128 * MIB) });
    try {
      await fillOnce(workshop, lab.path, Math.floor((storedBytes * (time + 0.5)) / times), picture, tally, String(time));
    } finally {
      lab.close();
    }
    tally.times += 1;
  }
  return tally;
}

/** Bytes that the tree takes in a repository. */
async function stored(workshop: Workshop): Promise<number> {
  const repo = workshop.beside('whole');
  workshop.command(repo, 'init');
  await workshop.backUp(repo, workshop.beside('whole-state'));
  const bytes = folderBytes(repo);
  rmSync(repo, { recursive: true });
  return bytes;
}

async function fillOnce(workshop: Workshop, disk: string, roomBytes: number, picture: ReturnType<typeof pictureTree>, tally: FullTally, name: string): Promise<void> {
  const [repo, state, ballast] = [join(disk, 'repo'), workshop.beside(`state-${name}`), join(disk, 'ballast')];
  workshop.command(repo, 'init');
  // What only root may use is there for root.
  const { bfree, bsize } = statfsSync(disk);
  const freeBytes = bfree * bsize;
  command('fallocate', ['-l', String(freeBytes - roomBytes), ballast]);
  const full = await workshop.start(repo, state).done;
  if (full.exitCode !== 3 || !full.stderr.includes('DUET_ERR_REPO_FULL')) tally.otherEnds.push(`${full.exitCode}: ${full.stderr.trim()}`);
  if (!isSound(workshop, repo, '--no-lock')) tally.damaged += 1;
  rmSync(ballast);
  if (snapshotIds(workshop, repo).length > 0) tally.halfWritten += 1;
  const again = await workshop.start(repo, state).done;
  const target = workshop.beside(`target-${name}`);
  if (again.exitCode === 0) workshop.command(repo, 'restore', `latest:${workshop.tree}`, target);
  if (again.exitCode !== 0 || differences(picture, pictureTree(target)).length > 0 || !isSound(workshop, repo, '--read-data')) tally.notGoneOn += 1;
  rmSync(target, { recursive: true, force: true });
}

/** Full disks. */
export const fullDiskScenario: Scenario = {
  name: 'full-disk',
  summary: `a disk that is full at ${TIMES} different moments: one clear error, a sound repository, and the next run completes`,
  run: (bench) =>
    inWorkshop(async (workshop) => {
      const tally = await fillManyTimes(workshop, bench.fs, 256 * MIB, bench.seed, TIMES);
      bench.bar('full disks', tally.times, '', '=', TIMES);
      for (const end of tally.otherEnds) bench.print(`  ${end}`);
      bench.bar('runs without the error that says so', tally.otherEnds.length, '', '=', 0);
      bench.bar('repositories that restic check complains about', tally.damaged, '', '=', 0);
      bench.bar('snapshots half-written', tally.halfWritten, '', '=', 0);
      bench.bar('next runs that fail', tally.notGoneOn, '', '=', 0);
    }),
};

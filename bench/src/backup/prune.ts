import { setTimeout as sleep } from 'node:timers/promises';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { differences, pictureTree } from '@duet/plugin-backup/testing';
import { MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { isSound } from './kill.js';
import { snapshotIds } from './snapshot-tree.js';
import { inWorkshop } from './workshop.js';
import type { Workshop } from './workshop.js';

/** What came of sharing a repository; all should be nothing. */
export interface PruneTally {
  /** What writers that failed said; a prune while they wrote that was not refused. */
  failed: string[];
  damaged: number;
  restoredWrongly: number;
}

/**
 * Lets duet and restic write to one repository at once, and prune in between:
 * while they write, between two runs, between an interrupted run and the next,
 * and after all snapshots were forgotten, so that nothing is there any more
 * that duet's state knows.
 */
export async function shareAndPrune(workshop: Workshop, bytes: number, seed: number): Promise<PruneTally> {
  const other = workshop.beside('other-tree');
  const repo = workshop.beside('repo');
  const state = workshop.beside('state');
  mkdirSync(other);
  const plan = (part: number) => mixedTree({ seed: seed + part, totalBytes: bytes, minBytes: 4096, maxBytes: Math.min(16 * MIB, bytes / 8) });
  makeTree(plan(0), workshop.tree);
  makeTree(plan(1), other);
  // What both have: chunks that each may take from the other.
  cpSync(workshop.tree, `${other}/copy`, { recursive: true });
  workshop.command(repo, 'init');
  const tally: PruneTally = { failed: [], damaged: 0, restoredWrongly: 0 };

  const judge = (snapshot: string, tree: string, name: string): void => {
    const target = workshop.beside(name);
    workshop.command(repo, 'restore', `${snapshot}:${tree}`, target);
    if (differences(pictureTree(tree), pictureTree(target)).length > 0) tally.restoredWrongly += 1;
    rmSync(target, { recursive: true });
    if (!isSound(workshop, repo, '--read-data')) tally.damaged += 1;
  };
  const pruneAll = (...keep: string[]): void => void workshop.restic(repo, 'forget', '--prune', '--max-unused', '0', ...keep);

  const running = workshop.start(repo, state);
  const peer = workshop.startRestic(repo, 'backup', '--host', 'peer', other);
  await until(() => readdirSync(`${repo}/locks`).length >= 2 || running.process.exitCode !== null);
  const held = readdirSync(`${repo}/locks`);
  const pruned = workshop.tryRestic(repo, 'prune').exitCode === 0;
  // A prune that came when they had just let go is none meanwhile.
  const wasPruned = pruned && readdirSync(`${repo}/locks`).some((lock) => held.includes(lock));
  const [own, theirs] = [await running.done, await peer];
  if (own.exitCode !== 0) tally.failed.push(`duet run: ${own.stderr.trim()}`);
  if (theirs.exitCode !== 0) tally.failed.push(`restic backup: ${theirs.stderr.trim()}`);
  if (wasPruned) tally.failed.push('restic prune was not refused');
  const ids = snapshotIds(workshop, repo);
  for (const id of ids) judge(id, hasPath(workshop, repo, id, workshop.tree) ? workshop.tree : other, 'first');

  // Nothing that the state knows is there any more.
  workshop.restic(repo, 'forget', ...ids);
  pruneAll();
  await workshop.backUp(repo, state);
  judge('latest', workshop.tree, 'second');

  // An interrupted run leaves packs that prune takes for refuse; what a checkpoint had put into an index is in no snapshot.
  makeTree(plan(2), `${workshop.tree}/more`);
  const interrupted = workshop.start(repo, state);
  await sleep(2500);
  interrupted.process.kill('SIGKILL');
  await interrupted.done;
  workshop.restic(repo, 'unlock');
  pruneAll('--keep-last', '1');
  await workshop.backUp(repo, state);
  judge('latest', workshop.tree, 'third');
  return tally;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

function hasPath(workshop: Workshop, repo: string, id: string, path: string): boolean {
  const { paths } = JSON.parse(workshop.restic(repo, 'cat', 'snapshot', id)) as { paths: string[] };
  return paths.includes(path);
}

/** Two writers, and prune. */
export const pruneScenario: Scenario = {
  name: 'prune',
  summary: 'duet and restic write to one repository at once, and restic prunes it in between: nothing is harmed',
  async run(bench) {
    const total: PruneTally = { failed: [], damaged: 0, restoredWrongly: 0 };
    for (let rep = 0; rep < bench.reps; rep++) {
      const tally = await inWorkshop((workshop) => shareAndPrune(workshop, 256 * MIB, bench.seed + 10 * rep));
      total.failed.push(...tally.failed);
      total.damaged += tally.damaged;
      total.restoredWrongly += tally.restoredWrongly;
    }
    bench.note('rounds', bench.reps, '');
    for (const one of total.failed) bench.print(`  ${one}`);
    bench.bar('writers that failed, and prunes not refused meanwhile', total.failed.length, '', '=', 0);
    bench.bar('repositories that restic check complains about', total.damaged, '', '=', 0);
    bench.bar('trees restored wrongly', total.restoredWrongly, '', '=', 0);
  },
};

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { differences, makeEveryKind, pictureTree } from '@duet/plugin-backup/testing';
import { MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { mounted } from './mounted.js';
import { snapshotIds, treeIdAt } from './snapshot-tree.js';
import { inWorkshop } from './workshop.js';
import type { Workshop } from './workshop.js';

/** What came of comparing both programs on one tree; numbers of differences and complaints. */
export interface Equality {
  readonly entries: number;
  readonly check: number;
  readonly verify: number;
  /** Of the tree and what duet restored. */
  readonly byDuet: readonly string[];
  /**
   * Of the tree and what restic restored, and showed in a mount; but for what
   * it does not give back of its own backup either (holes, several names of a
   * symbolic link, and in a mount sticky bits and times before 1970).
   */
  readonly byRestic: readonly string[];
  readonly byMount: readonly string[] | undefined;
  /** Lists of folders are the same bytes as restic's. */
  readonly sameTrees: boolean;
  /** Commands of restic that failed on the repository. */
  readonly failed: readonly string[];
}

/** Backs up a tree with every kind of entry, and has it judged and restored by restic and by duet. */
export async function compareBoth(workshop: Workshop, bytes: number, seed: number): Promise<Equality> {
  const { tree } = workshop;
  makeEveryKind(tree);
  makeTree(mixedTree({ seed, totalBytes: bytes, minBytes: 1, maxBytes: Math.min(bytes, 32 * MIB) }), join(tree, 'mixed'));
  const repo = workshop.beside('repo');
  workshop.command(repo, 'init');
  await workshop.backUp(repo, workshop.beside('state'));
  const before = pictureTree(tree);
  const [own] = snapshotIds(workshop, repo);

  const check = complaints(workshop, repo);
  const verify = JSON.parse(workshop.command(repo, 'verify').trim().split('\n').at(-1)!) as { problems: number };
  workshop.command(repo, 'restore', `latest:${tree}`, workshop.beside('duet-target'));
  const byDuet = differences(before, pictureTree(workshop.beside('duet-target')));

  workshop.restic(repo, 'backup', tree);
  const other = snapshotIds(workshop, repo).find((id) => id !== own)!;
  const lost = (folderOf: (snapshot: string) => string): string[] => {
    const [ours, theirs] = [own, other].map((snapshot) => differences(before, pictureTree(join(folderOf(snapshot), tree))));
    return ours.filter((difference) => !theirs.includes(difference));
  };
  const byRestic = lost((snapshot) => {
    const target = workshop.beside(`restic-${snapshot}`);
    workshop.restic(repo, 'restore', snapshot, '--target', target);
    return target;
  });
  const byMount = await mounted(workshop, repo, (folder) => lost((snapshot) => join(folder, 'ids', snapshot.slice(0, 8))));
  const sameTrees = treeIdAt(workshop, repo, own, tree) === treeIdAt(workshop, repo, other, tree);
  return { entries: before.size, check, verify: verify.problems, byRestic, byDuet, byMount, sameTrees, failed: resticCommands(workshop, repo, own, other) };
}

function complaints(workshop: Workshop, repo: string): number {
  const { exitCode, stdout, stderr } = workshop.tryRestic(repo, 'check', '--read-data');
  return exitCode === 0 && stdout.includes('no errors were found') ? 0 : Math.max(1, stderr.split('\n').length);
}

/** What users do with a repository besides; names of what failed. */
function resticCommands(workshop: Workshop, repo: string, own: string, other: string): string[] {
  const copy = workshop.beside('copy');
  mkdirSync(copy);
  workshop.restic(copy, 'init', '--repo2', repo, '--copy-chunker-params', '--password-command2', 'echo measured');
  const commands: [name: string, repo: string, ...args: string[]][] = [
    ['stats', repo, '--mode', 'raw-data'],
    ['diff', repo, own, other],
    ['find', repo, 'text'],
    ['copy', copy, '--repo2', repo, '--password-command2', 'echo measured'],
    ['check', copy, '--read-data'],
    ['tag', repo, '--add', 'tagged', own],
    ['forget', repo, '--keep-last', '1', '--prune'],
    ['prune', repo, '--max-unused', '0'],
    ['rebuild-index', repo],
    ['check', repo, '--read-data'],
  ];
  return commands.flatMap(([name, at, ...args]) => {
    const { exitCode, stderr } = workshop.tryRestic(at, name, ...args);
    return exitCode === 0 ? [] : [`${name}: ${stderr.trim()}`];
  });
}

/** A tree with every kind of entry, restored by both programs. */
export const equalityScenario: Scenario = {
  name: 'equality',
  summary: 'an entry of every kind: restic checks, restores, mounts, copies, prunes it; duet restores it; the same tree blobs',
  run: (bench) =>
    inWorkshop(async (workshop) => {
      const result = await compareBoth(workshop, 256 * MIB, bench.seed);
      for (const one of [...result.byRestic, ...result.byDuet, ...(result.byMount ?? []), ...result.failed]) bench.print(`  ${one}`);
      bench.note('entries of the tree', result.entries, '');
      bench.bar('complaints of restic check --read-data', result.check, '', '=', 0);
      bench.bar('problems of duet backup verify', result.verify, '', '=', 0);
      bench.bar('differences after restic restore', result.byRestic.length, '', '=', 0);
      bench.bar('differences after duet backup restore', result.byDuet.length, '', '=', 0);
      if (result.byMount) bench.bar('differences in restic mount', result.byMount.length, '', '=', 0);
      bench.bar('commands of restic that fail', result.failed.length, '', '=', 0);
      bench.bar('tree blobs equal to those of restic', Number(result.sameTrees), '', '=', 1);
    }),
};

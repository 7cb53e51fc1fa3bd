import { GIB, MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { makeTree, mixedTree } from '../tree/tree.js';
import { folderBytes, inWorkshop } from './workshop.js';
import type { Workshop } from './workshop.js';

/** What the second program added to a repository, as a share of the data. */
export interface Added {
  readonly resticAfterDuet: number;
  readonly duetAfterRestic: number;
}

/** Backs the same tree up into one repository with both programs, each of them first once. */
export async function addBothWays(workshop: Workshop, bytes: number, seed: number): Promise<Added> {
  makeTree(mixedTree({ seed, totalBytes: bytes, minBytes: 4096, maxBytes: 64 * MIB }), workshop.tree);
  const restic = (repo: string): void => void workshop.restic(repo, 'backup', workshop.tree);
  const duet = async (repo: string): Promise<void> => void (await workshop.backUp(repo, `${repo}-state`));
  const add = async (name: string, first: typeof duet | typeof restic, second: typeof duet | typeof restic): Promise<number> => {
    const repo = workshop.beside(name);
    workshop.command(repo, 'init');
    await first(repo);
    const before = folderBytes(repo);
    await second(repo);
    return (folderBytes(repo) - before) / bytes;
  };
  return { resticAfterDuet: await add('duet-first', duet, restic), duetAfterRestic: await add('restic-first', restic, duet) };
}

/** Both programs find each other's chunks. */
export const bothWaysScenario: Scenario = {
  name: 'both-ways',
  summary: '1 GiB, by one program and then by the other into the same repository: next to nothing is added',
  run: (bench) =>
    inWorkshop(async (workshop) => {
      const { resticAfterDuet, duetAfterRestic } = await addBothWays(workshop, GIB, bench.seed);
      bench.bar('added by restic after duet, of the data', resticAfterDuet, '', '<=', 0.001);
      bench.bar('added by duet after restic, of the data', duetAfterRestic, '', '<=', 0.001);
    }),
};

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedOfTree, cold, MIB, readByAnother, SMALL_CACHE_BYTES, sum } from '../bars/bench.js';
import type { Disk, Scenario } from '../bars/bench.js';
import { duet, runDuet } from '../duet/duet-command.js';
import { command } from '../lab/command.js';
import type { Group } from '../lab/cgroups.js';
import type { ProgramResult } from '../lab/program.js';
import { pickFiles } from '../tree/tree.js';

/** Backs the disk's tree up into a new repository that is not on the disk. */
type Backup = (disk: Disk, group: Group) => Promise<ProgramResult>;

/**
 * A cache of 256 MiB is full of files from all over the tree: what was cached
 * at the start need not be read, and is not evicted before it was used.
 */
export const backupSmallCacheScenario: Scenario = {
  name: 'small-cache',
  summary: '256 MiB of cache, full of files from all over the tree: device reads, beside restic',
  async run(bench) {
    const disk = await bench.mixed();
    const programs: Record<string, Backup> = { duet: byDuet, restic: byRestic };
    const memory: Record<string, number> = {};
    for (const [name, backup] of Object.entries(programs)) {
      memory[name] = (await cold(disk, {}, (group) => backup(disk, group))).peakAnonBytes;
      bench.note(`${name}, peak anonymous memory (first run)`, memory[name] / MIB, 'MiB');
    }
    const excess: Record<string, number[]> = { duet: [], restic: [] };
    for (let rep = 0; rep < bench.reps; rep++) {
      for (const [name, backup] of Object.entries(programs)) {
        excess[name].push(
          await cold(disk, { memoryBytes: SMALL_CACHE_BYTES + memory[name] }, async (group) => {
            await readByAnother(disk, group, pickFiles(disk.tree, bench.random(200 + rep), SMALL_CACHE_BYTES));
            const cached = sum(cachedOfTree(disk));
            const { deviceBytesRead } = await backup(disk, group);
            return (deviceBytesRead - (disk.tree.bytes - cached)) / disk.tree.bytes;
          }),
        );
      }
    }
    bench.note('restic, reads beyond what was not cached / data, least', Math.min(...excess['restic']), '');
    bench.bar('reads beyond what was not cached / data, worst run', Math.max(...excess['duet']), '', '<=', 0.02);
  },
};

function byDuet({ lab, root }: Disk, group: Group): Promise<ProgramResult> {
  const { repo, passwordFile } = newRepository(lab.scratch());
  return runDuet(lab, ['backup'], { path: root, state: lab.scratch(), group, args: ['--set', `backup.repo=${repo}`, '--set', `backup.passwordFile=${passwordFile}`] });
}

function byRestic({ lab, root }: Disk, group: Group): Promise<ProgramResult> {
  const { repo, passwordFile } = newRepository(lab.scratch());
  return lab.run(['restic', '--quiet', '--no-cache', '--repo', repo, '--password-file', passwordFile, 'backup', root], { group });
}

function newRepository(folder: string): { readonly repo: string; readonly passwordFile: string } {
  const repo = join(folder, 'repository');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'measured');
  const [program, ...args] = duet('backup', 'init', '--repo', repo, '--password-file', passwordFile, '--state', join(folder, 'state'));
  command(program, args);
  return { repo, passwordFile };
}

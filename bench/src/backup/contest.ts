import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../bars/figures.js';
import { duet } from '../duet/duet-command.js';
import { command } from '../lab/command.js';
import { timed } from './timed.js';
import type { Timed } from './timed.js';
import { folderBytes } from './workshop.js';
import type { Workshop } from './workshop.js';

const ENV = { RESTIC_PASSWORD: 'measured' };

/** A first backup into an empty repository, and one of the same tree after it. */
export interface Measured {
  readonly first: Timed;
  readonly second: Timed;
  readonly storedBytes: number;
}

/** Medians of several runs of both programs. */
export interface Contest {
  readonly duet: Measured;
  readonly restic: Measured;
}

/** Has both programs back up the workshop's tree, warm and in turns, `reps` times each. */
export function contest(workshop: Workshop, reps: number): Contest {
  const runs: Record<keyof Contest, Measured[]> = { duet: [], restic: [] };
  // The tree was just made: else it would be written while one or the other is measured.
  command('sync', ['-f', workshop.tree]);
  for (let rep = 0; rep < reps; rep++) {
    for (const name of rep % 2 === 0 ? (['duet', 'restic'] as const) : (['restic', 'duet'] as const)) {
      const repo = workshop.beside(`${name}-${rep}`);
      workshop.command(repo, 'init');
      warm(workshop.tree);
      const argv = name === 'duet' ? duetCommand(workshop, repo) : ['restic', '--quiet', '--repo', repo, '--cache-dir', `${repo}-cache`, 'backup', workshop.tree];
      const first = timed(argv, ENV);
      const storedBytes = folderBytes(repo);
      warm(workshop.tree);
      runs[name].push({ first, second: timed(argv, ENV), storedBytes });
    }
  }
  return { duet: middle(runs.duet), restic: middle(runs.restic) };
}

function duetCommand(workshop: Workshop, repo: string): string[] {
  return duet('run', 'backup', '--path', workshop.tree, '--state', `${repo}-state`, '--set', `backup.repo=${repo}`, '--quiet');
}

/** Reads all files, so that they are cached. */
function warm(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(path).size > 0) readFileSync(path);
  }
}

function middle(runs: readonly Measured[]): Measured {
  const of = (value: (run: Measured) => number): number => median(runs.map(value));
  const time = (which: 'first' | 'second'): Timed => ({
    wallSeconds: of((run) => run[which].wallSeconds),
    cpuSeconds: of((run) => run[which].cpuSeconds),
    peakBytes: Math.max(...runs.map((run) => run[which].peakBytes)),
  });
  return { first: time('first'), second: time('second'), storedBytes: of((run) => run.storedBytes) };
}

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LAB_ENV } from '../lab/command.js';
import { LabError } from '../lab/lab-error.js';
import type { Workshop } from './workshop.js';

const TRIES = 100;

/** Runs `look` on a repository that `restic mount` shows; undefined where there is no FUSE. */
export async function mounted<T>(workshop: Workshop, repo: string, look: (folder: string) => T): Promise<T | undefined> {
  if (!existsSync('/dev/fuse')) return undefined;
  const folder = workshop.beside('mounted');
  mkdirSync(folder);
  const child = spawn('restic', ['--no-cache', '--repo', repo, 'mount', folder], { env: { ...LAB_ENV, RESTIC_PASSWORD: 'measured' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  try {
    for (let left = TRIES; !existsSync(join(folder, 'ids')); left--) {
      if (left === 0 || child.exitCode !== null) throw new LabError(`restic mount failed: ${stderr.trim()}`);
      await sleep(100);
    }
    return look(folder);
  } finally {
    // Unmounts by itself.
    child.kill('SIGINT');
    await gone;
  }
}

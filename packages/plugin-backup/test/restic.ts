import { execFileSync, spawnSync } from 'node:child_process';
import type { Context } from 'mocha';

export const PASSWORD = 'correct horse';

const isInstalled = spawnSync('restic', ['version']).status === 0;

/** Skips a suite where restic, its judge, is not installed; where everything has to run, that is a failure. */
export function needsRestic(suite: Context): void {
  if (isInstalled) return;
  if (process.env['DUET_REQUIRE_KERNEL'] === '1') throw new Error('restic is not installed');
  suite.skip();
}

/** Runs restic on a repository, and returns what it printed; throws what it complains about. */
export function restic(repo: string, ...args: string[]): string {
  return execFileSync('restic', ['--no-cache', '-r', repo, ...args], {
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: PASSWORD },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
}

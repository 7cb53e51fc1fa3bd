import { spawnSync } from 'node:child_process';
import { LAB_ENV } from '../lab/command.js';
import { LabError } from '../lab/lab-error.js';

/** What a program took, with the programs that it started. */
export interface Timed {
  readonly wallSeconds: number;
  /** User and system time. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Runs a program to its end, measured by GNU time. @throws {LabError} if it fails */
export function timed(argv: readonly string[], env: Readonly<Record<string, string>>): Timed {
  const { status, stderr, error } = spawnSync('time', ['-f', '%e %U %S %M', ...argv], { env: { ...LAB_ENV, ...env }, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (error) throw new LabError(`time cannot be started: ${error.message}`);
  if (status !== 0) throw new LabError(`${argv.join(' ').slice(0, 200)} exited with ${status}: ${stderr.trim()}`);
  const [wall, user, system, peak] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number) as [number, number, number, number];
  return { wallSeconds: wall, cpuSeconds: user + system, peakBytes: peak * 1024 };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A job of the bench's own: a plugin, and whether it writes to a folder. */
export interface Job {
  readonly name: string;
  readonly module: string;
  readonly writes: boolean;
}

const job = (name: string, writes: boolean): Job => ({ name, writes, module: fileURLToPath(new URL(`../jobs/${name}.js`, import.meta.url)) });

/** Three tasks of unequal speed; the second is the slow one. */
export const JOBS: readonly Job[] = [job('bench-hash', false), job('bench-pack', true), job('bench-copy', true)];

/** Options of each job as its plugin takes them; makes the folders below `scratch` that they write to. */
export function jobConfig(job: Job, scratch: string): Readonly<Record<string, string>> {
  if (!job.writes) return {};
  const target = join(scratch, job.name);
  mkdirSync(target);
  return { target };
}

/** Arguments that `duet run` needs for these jobs. */
export function jobArguments(jobs: readonly Job[], scratch: string): string[] {
  return jobs.flatMap((job) => [
    '--plugin',
    job.module,
    ...Object.entries(jobConfig(job, scratch)).flatMap(([option, value]) => ['--set', `${job.name}.${option}=${value}`]),
  ]);
}

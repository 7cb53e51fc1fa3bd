import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { duet } from '../duet/duet-command.js';
import { command } from '../lab/command.js';

/** A task as the scenarios run it. */
export interface Job {
  /** Of its plugin. */
  readonly name: string;
  /** The plugin's module. */
  readonly module: string;
  /** Prepares `scratch`, a new empty folder off the lab's device, and gives the plugin's options. */
  prepare(scratch: string): Readonly<Record<string, string>>;
}

const moduleOf = (name: string): string => fileURLToPath(import.meta.resolve(`@duet/plugin-${name}`));

const scrub: Job = { name: 'scrub', module: moduleOf('scrub'), prepare: () => ({}) };

const backup: Job = {
  name: 'backup',
  module: moduleOf('backup'),
  prepare(scratch) {
    const [repo, passwordFile] = [join(scratch, 'repository'), join(scratch, 'password')];
    writeFileSync(passwordFile, 'measured', { mode: 0o600 });
    const [program, ...args] = duet('backup', 'init', '--repo', repo, '--password-file', passwordFile, '--state', scratch);
    command(program, args);
    return { repo, passwordFile };
  },
};

const mirror: Job = { name: 'rsync', module: moduleOf('rsync'), prepare: (scratch) => ({ target: join(scratch, 'mirror') }) };

/** Also small files: those of the scenario are. */
const defrag: Job = { name: 'defrag', module: moduleOf('defrag'), prepare: () => ({ minBytes: '65536' }) };

/** Three tasks of unequal speed; the second is the slow one. */
export const JOBS: readonly Job[] = [scrub, backup, mirror];

/** All that Duet comes with. */
export const ALL_JOBS: readonly Job[] = [...JOBS, defrag];

/** The options of each of the jobs, whose folders are made below `scratch`. */
export function prepareJobs(jobs: readonly Job[], scratch: string): Readonly<Record<string, string>>[] {
  return jobs.map((job) => {
    const own = join(scratch, job.name);
    mkdirSync(own);
    return job.prepare(own);
  });
}

/** Arguments that `duet run` needs for jobs with these options. */
export function jobArguments(jobs: readonly Job[], options: readonly Readonly<Record<string, string>>[]): string[] {
  return jobs.flatMap(({ name }, i) => Object.entries(options[i]).flatMap(([option, value]) => ['--set', `${name}.${option}=${value}`]));
}

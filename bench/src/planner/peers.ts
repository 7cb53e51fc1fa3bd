import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256sum } from '../bars/bench.js';
import { command } from '../lab/command.js';

/** A program that people use today for a job that Duet has. */
export interface Peer {
  readonly name: string;
  /** Prepares `scratch`, a new empty folder, and gives the command that does the job on all of `root`. */
  prepare(root: string, scratch: string): readonly string[];
}

const sha256sumAll: Peer = { name: 'sha256sum', prepare: sha256sum };

const restic: Peer = {
  name: 'restic backup',
  prepare(root, scratch) {
    const password = join(scratch, 'password');
    writeFileSync(password, 'measured');
    const common = ['--quiet', '--repo', join(scratch, 'repository'), '--cache-dir', join(scratch, 'cache'), '--password-file', password];
    command('restic', [...common, 'init']);
    return ['restic', ...common, 'backup', root];
  },
};

const rsync: Peer = {
  name: 'rsync -a',
  prepare: (root, scratch) => ['rsync', '-a', `${root}/`, join(scratch, 'copy')],
};

/** The peers of the three jobs, in the jobs' order: Debian's, with the options of their first example. */
export const PEERS: readonly Peer[] = [sha256sumAll, restic, rsync];

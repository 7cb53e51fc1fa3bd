import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { command } from '../lab/command.js';

/** A program that people use today for a job that Duet has. */
export interface Peer {
  readonly name: string;
  /** Prepares `scratch`, a new empty folder, and gives the command that does the job on all of `root`. */
  prepare(root: string, scratch: string): readonly string[];
}

const sha256sum: Peer = {
  name: 'sha256sum',
  prepare: (root) => ['sh', '-c', 'find "$1" -type f -print0 | xargs -0 sha256sum > /dev/null', 'sh', root],
};

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
export const PEERS: readonly Peer[] = [sha256sum, restic, rsync];

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error.js';

/** What labs call lives in the system's folders, which a plain user's PATH often lacks. */
const SEARCH = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter((folder) => folder !== '');

/**
 * Environment of every program of a lab: the caller's, with the system's folders in PATH and untranslated output, and
 * without certificates that Node reads whenever it starts: 30 ms, for programs that speak to nobody.
 */
export const LAB_ENV: NodeJS.ProcessEnv = { ...process.env, PATH: SEARCH.join(':'), LC_ALL: 'C', NODE_EXTRA_CA_CERTS: undefined };

/** Which Debian package has a tool. */
const PACKAGES: Readonly<Record<string, string>> = {
  losetup: 'mount',
  fincore: 'util-linux',
  setpriv: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.btrfs': 'btrfs-progs',
  filefrag: 'e2fsprogs',
  e4defrag: 'e2fsprogs',
  xfs_fsr: 'xfsprogs',
  btrfs: 'btrfs-progs',
  gcc: 'gcc',
  ionice: 'util-linux',
  sha256sum: 'coreutils',
  find: 'findutils',
  xargs: 'findutils',
  restic: 'restic',
  rsync: 'rsync',
  sshd: 'openssh-server',
  setfacl: 'acl',
  setfattr: 'attr',
};

/** Checks that tools are installed. @throws {LabError} names all that are not, and their Debian packages. */
export function requireTools(...tools: readonly string[]): void {
  const missing = tools.filter((tool) => !SEARCH.some((folder) => isProgram(join(folder, tool))));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => PACKAGES[tool] ?? tool))];
  throw new LabError(`not installed: ${missing.join(', ')}. On Debian: apt-get install ${packages.join(' ')}`);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program to its end and gives what it printed. @throws {LabError} if it fails, with what it said. */
export function command(program: string, args: readonly string[], input?: string): string {
  const result = spawnSync(program, args, { env: LAB_ENV, encoding: 'utf8', maxBuffer: 1 << 28, ...(input === undefined ? {} : { input }) });
  if (result.error) throw new LabError(`${program} cannot be started: ${result.error.message}`);
  if (result.status !== 0) throw new LabError(`${program} ${args.join(' ').slice(0, 200)} failed: ${result.stderr.trim() || `exit code ${result.status}`}`);
  return result.stdout;
}

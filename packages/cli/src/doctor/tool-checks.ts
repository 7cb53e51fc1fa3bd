import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';

interface Tool {
  readonly name: string;
  /** What of Duet uses it. */
  readonly use: string;
  /** Debian package. */
  readonly package: string;
  /** Arguments that have it tell its version; absent if it cannot. */
  readonly versionArguments?: readonly string[];
}

const TOOLS: readonly Tool[] = [
  { name: 'restic', use: 'to read and check backups', package: 'restic', versionArguments: ['version'] },
  { name: 'rsync', use: 'for mirrors', package: 'rsync', versionArguments: ['--version'] },
  { name: 'e4defrag', use: 'to defragment ext4', package: 'e2fsprogs' },
  { name: 'xfs_fsr', use: 'to defragment xfs', package: 'xfsdump' },
  { name: 'btrfs', use: 'to look after btrfs', package: 'btrfs-progs', versionArguments: ['--version'] },
];
/** Where administrators' tools are, also for users whose PATH lacks them. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const VERSION_TIMEOUT_MS = 2_000;

/** Which of the tools that tasks use are installed. */
export async function toolChecks(searchPath = process.env['PATH'] ?? ''): Promise<Check[]> {
  const folders = [...searchPath.split(':').filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  return Promise.all(
    TOOLS.map(async (tool): Promise<Check> => {
      const program = find(tool.name, folders);
      const detail = program === undefined ? `not found; wanted ${tool.use}` : await describe(program, tool);
      return { name: tool.name, group: 'tools', required: false, ok: program !== undefined, detail, hint: program === undefined ? `install ${tool.package}, if you want it` : '' };
    }),
  );
}

function find(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function describe(program: string, { versionArguments }: Tool): Promise<string> {
  if (versionArguments === undefined) return program;
  const output = await new Promise<string>((resolve) => {
    execFile(program, [...versionArguments], { timeout: VERSION_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } }, (_error, stdout) => resolve(stdout));
  });
  const version = /\d+(\.\d+)+/.exec(output)?.[0];
  return version === undefined ? program : `${version} (${program})`;
}

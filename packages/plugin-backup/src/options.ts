import { availableParallelism } from 'node:os';
import { globs } from '@duet/core/options';
import { z } from 'zod';

const MIB = 2 ** 20;
/** More read and compress faster than most disks deliver, and take memory. */
const DEFAULT_THREADS = 2;
const flag = z.union([z.boolean(), z.stringbool()]).default(false);
const list = globs.default([]).transform((items) => items.map((item) => item.trim()).filter((item) => item !== ''));

/** Options of backup, named as restic's are; on the command line `--set backup.excludeCaches=true`. */
export const backupOptions = z.strictObject({
  repo: z.string().optional().describe('folder of the repository; default: RESTIC_REPOSITORY'),
  passwordFile: z.string().optional().describe('file that holds the password; default: RESTIC_PASSWORD_FILE'),
  passwordCommand: z.string().optional().describe('command that prints the password; default: RESTIC_PASSWORD_COMMAND'),
  exclude: list.describe('patterns of files and folders to leave out, with commas between them'),
  excludeFile: list.describe('files with such patterns, a line each'),
  excludeIfPresent: list.describe('leave out what is in folders with a file of this name, or NAME:BEGINNING, but for the file'),
  excludeCaches: flag.describe('leave out what is in folders with a CACHEDIR.TAG; default: false'),
  oneFileSystem: flag.describe('stay on the file system that the path is on; default: false'),
  tag: list.describe('tags of the snapshot, with commas between them'),
  host: z.string().min(1).optional().describe('host name of the snapshot; default: that of this machine'),
  compression: z.enum(['auto', 'off', 'max']).default('auto').describe('auto, off or max; default: auto'),
  packSize: z.coerce.number().int().min(4).max(128).default(16).transform((mib) => mib * MIB).describe('size of packs in MiB; default: 16'),
  withAtime: flag.describe('keep the time of the last access; default: false'),
  ignoreInode: flag.describe('a file with another inode number may be unchanged; default: false'),
  ignoreCtime: flag.describe('a file with another ctime may be unchanged; default: false'),
  force: flag.describe('read all files, changed or not; default: false'),
  threads: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => Math.min(availableParallelism(), DEFAULT_THREADS))
    .describe('threads that read and save; default: one a core, at most 2'),
});

export type BackupOptions = z.output<typeof backupOptions>;

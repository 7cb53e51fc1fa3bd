import { size } from '@duet/core/options';
import { z } from 'zod';
import { parseTarget } from './target/target.js';
import { splitWords } from './target/shell-words.js';

const yes = z.union([z.boolean(), z.stringbool()]).default(false);
const perhaps = z.union([z.boolean(), z.stringbool()]).optional();
const repeatable = z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]);

const target = z.string().transform((text, context) => {
  const parsed = parseTarget(text);
  if (typeof parsed !== 'string') return parsed;
  context.issues.push({ code: 'custom', message: `'${text}' is no target: ${parsed}`, input: text });
  return z.NEVER;
});

const words = z.string().transform((text, context) => {
  const split = splitWords(text);
  if (split !== undefined && split.length > 0 && !split[0].startsWith('-')) return split;
  context.issues.push({ code: 'custom', message: `'${text}' is no command; write it as for rsync --rsh`, input: text });
  return z.NEVER;
});

const count = z.coerce.number().int();

/** Options of the mirror, named as rsync names its own; on the command line `--set rsync.target=host:/srv/mirror`. */
export const rsyncOptions = z.strictObject({
  target: target.describe('what becomes equal to the path: a folder, host:path over ssh, host::module/path or rsync://host/module/path of a daemon'),
  delete: yes.describe('delete in the target what the path does not have; default: false'),
  deleteExcluded: yes.describe('with delete: delete in the target also what is excluded; default: false'),
  maxDelete: count.min(0).optional().describe('delete at most so many entries; default: no limit'),
  filter: repeatable.describe('filter rules of rsync, in their order, before include and exclude'),
  include: repeatable.describe('patterns not to leave out, before those of exclude'),
  exclude: repeatable.describe('patterns to leave out'),
  excludeFrom: repeatable.describe('files with patterns to leave out'),
  checksum: yes.describe('compare content and not size and time: reads all of it on both sides; default: false'),
  modifyWindow: count.min(-1).optional().describe('seconds by which times may differ; -1: compare nanoseconds too; default: 0, whole seconds'),
  hardLinks: yes.describe('keep hard links (-H); default: false'),
  acls: yes.describe('keep access control lists (-A); default: false'),
  xattrs: yes.describe('keep extended attributes (-X); default: false'),
  sparse: yes.describe('make runs of zeros holes (-S); default: false'),
  numericIds: yes.describe('keep user and group numbers, not names; default: false'),
  oneFileSystem: yes.describe('stay on the file system of the path (-x); default: false'),
  inplace: yes.describe('write into the files of the target, not beside them; default: false'),
  wholeFile: perhaps.describe('send whole files, not what changed in them; default: as rsync does, for folders'),
  partialDir: z.string().min(1).optional().describe('folder in the target that keeps what of a file came before a connection was lost; default for hosts: .rsync-partial'),
  fsync: yes.describe('what counts as done is on the disk of the target, too; default: false, as with rsync'),
  compress: yes.describe('compress on the way (-z); default: false'),
  bwlimit: z.string().regex(/^\d+(\.\d+)?[a-z]{0,3}$/i, 'write it as for rsync --bwlimit: 1.5m, say').optional().describe('most that is sent in a second, in KiB or with a unit: 10m; default: no limit'),
  rsh: words.optional().describe('the remote shell with its arguments; default: ssh, or RSYNC_RSH'),
  rsyncPath: z.string().min(1).optional().describe('the rsync to run on the host; default: rsync'),
  port: count.min(1).max(65_535).optional().describe('port of the daemon; for ssh write rsh="ssh -p 2222"'),
  passwordFile: z.string().min(1).optional().describe('file with the password for the daemon, readable by its owner alone'),
  timeout: count.min(0).optional().describe('seconds without any data after which a connection counts as lost; 0: never; default for hosts: 300'),
  retries: count.min(0).max(100).default(5).describe('how often a lost connection is made anew, with growing pauses; default: 5'),
  batchBytes: size.optional().describe('bytes given to one rsync at most, but at least one file; default: 512M, for hosts 8M, less where the cache is small'),
  batchFiles: count.min(1).default(4000).describe('files given to one rsync at most; default: 4000'),
  batchMs: count.min(0).default(200).describe('milliseconds that a file waits for others to go with it; default: 200'),
});

export type RsyncOptions = z.output<typeof rsyncOptions>;

/** Whether rules that only rsync knows leave something out. */
export function hasFilters({ filter, include, exclude, excludeFrom }: Pick<RsyncOptions, 'filter' | 'include' | 'exclude' | 'excludeFrom'>): boolean {
  return [filter, include, exclude, excludeFrom].some((rules) => rules.length > 0);
}

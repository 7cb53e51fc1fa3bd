import { basename } from 'node:path';
import type { RsyncOptions } from '../options.js';
import { splitWords } from '../target/shell-words.js';

/** Words of the shell that leads to the target, as rsync would choose it; undefined for a target that needs none. */
export function remoteShell({ target, rsh }: RsyncOptions): readonly string[] | undefined {
  if (target.kind === 'ssh') return rsh ?? splitWords(process.env['RSYNC_RSH'] ?? '') ?? ['ssh'];
  return target.kind === 'daemon' ? rsh : undefined;
}

/** Whether the shell takes the options of OpenSSH. */
export function isOpenSsh([program]: readonly string[]): boolean {
  return basename(program) === 'ssh';
}

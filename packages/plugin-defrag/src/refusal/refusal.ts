import { statfsSync } from 'node:fs';
import { EACCES, EAGAIN, EPERM, fcntl } from '@duet/core/kernel/syscalls';
import type { FileLayout } from '../layout/file-layout.js';
import { ExtendedFlag, extendedFlags, InodeFlag, inodeFlags } from './inode-flags.js';
import { isSwap } from './swap-files.js';
import type { SkipReason } from './skip-reason.js';

const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_UNLCK = 2;

/** Of a file system so much is left free, beside room for the file. */
const FREE_SHARE = 0.05;
/** A file that changed so shortly ago may change again within a tick of the clock, and nobody could tell. */
const SETTLED_MS = 50;

/** Why an open file has to be left alone, from what it is itself; undefined if it may be moved. */
export function refusal(fd: number, layout: FileLayout, stat: { readonly dev: number; readonly ino: number; readonly ctimeNs: bigint }, shared: boolean): SkipReason | undefined {
  const flags = inodeFlags(fd);
  const extended = extendedFlags(fd);
  if ((flags & (InodeFlag.IMMUTABLE | InodeFlag.APPEND)) !== 0) return 'immutable';
  if ((extended & ExtendedFlag.NO_DEFRAG) !== 0) return 'no-defrag';
  if ((extended & ExtendedFlag.REALTIME) !== 0 || (flags & (InodeFlag.INLINE | InodeFlag.DAX)) !== 0) return 'unsuitable';
  if ((flags & (InodeFlag.ENCRYPTED | InodeFlag.VERITY)) !== 0 || layout.encodedBytes > 0) return 'encoded';
  if (layout.sharedBytes > 0 && !shared) return 'shared';
  if (isSwap(fd)) return 'swap';
  const open = openForWriting(fd);
  if (open !== undefined) return open;
  const sinceMs = Date.now() - Number(stat.ctimeNs / 1_000_000n);
  if (layout.unplacedBytes > 0 || (sinceMs >= 0 && sinceMs < SETTLED_MS)) return 'just-written';
  return hasRoom(fd, layout.mappedBytes) ? undefined : 'no-space';
}

/**
 * Whether anybody has the file open for writing, or mapped so: the kernel
 * grants a lease to read only if nobody has. It is given back at once, since
 * who opens the file would have to wait for it.
 *
 * @see https://man7.org/linux/man-pages/man2/F_GETLEASE.2const.html
 */
export function openForWriting(fd: number): SkipReason | undefined {
  const failed = fcntl(fd, F_SETLEASE, F_RDLCK);
  if (failed === 0) fcntl(fd, F_SETLEASE, F_UNLCK);
  if (failed === -EAGAIN) return 'open-for-writing';
  return failed === -EACCES || failed === -EPERM ? 'not-permitted' : undefined;
}

function hasRoom(fd: number, bytes: number): boolean {
  const { bsize, blocks, bavail } = statfsSync(`/proc/self/fd/${fd}`);
  return bavail * bsize >= bytes + blocks * bsize * FREE_SHARE;
}

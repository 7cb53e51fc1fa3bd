import { fchownSync, fstatSync } from 'node:fs';
import { AT_FDCWD, close, CString, fallocate, Open, openat } from '@duet/core/kernel/syscalls';
import { fromText } from '@duet/core/model';
import { readLayout } from '../layout/file-layout.js';
import { copyProject } from '../refusal/inode-flags.js';
import type { MovedFile } from './move.js';
import { succeeded } from './move-error.js';

const cString = new CString();

/**
 * A file without a name beside another one, with blocks wherever that one has
 * some: the better place. Undefined if it came to lie in no fewer pieces. Its
 * blocks are free again when it is closed.
 *
 * @throws {MoveError} `ENOSPC` and the like
 */
export function openDonor({ fd, folder, layout }: MovedFile): number | undefined {
  const donor = succeeded('open(O_TMPFILE)', openat(folder, cString.put(fromText('.')), Open.TMPFILE | Open.RDWR | Open.EXCL | Open.CLOEXEC));
  try {
    const { uid, gid } = fstatSync(fd);
    // Quotas count what it takes for the file's owner; only root may give it away.
    if (process.geteuid?.() === 0) fchownSync(donor, uid, gid);
    succeeded('ioctl(FS_IOC_FSSETXATTR)', copyProject(fd, donor));
    for (const { offset, bytes } of layout.allocated) succeeded('fallocate', fallocate(donor, 0, offset, bytes));
    const place = readLayout(donor);
    if (typeof place !== 'number' && place.fragments < layout.fragments) return donor;
  } catch (error) {
    close(donor);
    throw error;
  }
  close(donor);
  return undefined;
}

/** Opens a file that is open for reading for writing too: the same one, whatever its name is by now. @throws {MoveError} */
export function openForMove(fd: number): number {
  return succeeded('open', openat(AT_FDCWD, cString.put(fromText(`/proc/self/fd/${fd}`)), Open.RDWR | Open.CLOEXEC));
}

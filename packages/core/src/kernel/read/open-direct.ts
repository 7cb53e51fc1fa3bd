import type { BytePath } from '../../model/index.js';
import { AT_FDCWD, close, CString, EINVAL, Open, openat, Stat } from '../syscalls/index.js';

const cString = new CString();
const stat = new Stat();
/** Where the kernel does not tell (before Linux 6.1): a multiple of every common block. */
const DEFAULT_ALIGN_BYTES = 4096;

/** A second descriptor of a file, or negative errno, and what its offsets must be multiples of. */
export interface DirectDescriptor {
  readonly fd: number;
  readonly align: number;
}

/**
 * Opens an open file once more with O_DIRECT. -EINVAL where the kernel would
 * take the flag and read the cache all the same (journalled, encrypted or
 * fs-verity files on ext4, say).
 */
export function openDirect(fd: number): DirectDescriptor {
  const direct = openat(AT_FDCWD, cString.put(`/proc/self/fd/${fd}` as BytePath), Open.RDONLY | Open.DIRECT | Open.CLOEXEC | Open.NONBLOCK);
  if (direct < 0) return { fd: direct, align: 0 };
  const align = stat.readWithDirectAlign(direct) < 0 ? undefined : stat.directAlign;
  if (align === 0) {
    close(direct);
    return { fd: -EINVAL, align: 0 };
  }
  return { fd: direct, align: align ?? DEFAULT_ALIGN_BYTES };
}

import koffi from 'koffi';
import { fromBytes, fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { CString, EIO, EOPNOTSUPP, ERANGE, NativeBuffer } from '@duet/core/kernel/syscalls';
import type { ExtendedAttribute } from './node.js';

const libc = koffi.load(null);
const cList = libc.func('intptr_t listxattr(intptr_t path, intptr_t list, uintptr_t size)') as (path: number, list: number, size: number) => number;
const cListOpen = libc.func('intptr_t flistxattr(int fd, intptr_t list, uintptr_t size)') as (fd: number, list: number, size: number) => number;
const cGet = libc.func('intptr_t getxattr(intptr_t path, intptr_t name, intptr_t value, uintptr_t size)') as (
  path: number,
  name: number,
  value: number,
  size: number,
) => number;

/** Longest list, and longest value, that the kernel has. */
const MOST_BYTES = 64 * 1024;
/** Of a list that files have: for the longest one the kernel takes memory each time, which is most of what the call costs. */
const LIST_BYTES = 4096;

/** Of a file that has none. */
export const NO_ATTRIBUTES: readonly ExtendedAttribute[] = [];

const path = new CString();
const name = new CString();
const list = new NativeBuffer(MOST_BYTES);
const value = new NativeBuffer(MOST_BYTES);

/**
 * All extended attributes of an open file, ACLs among them, in the kernel's
 * order. The descriptor may be one that was opened with O_PATH (`isPath`), and
 * then of a symbolic link too. Those that vanish meanwhile are left out; a
 * negative errno if the file cannot be asked.
 *
 * @see https://man7.org/linux/man-pages/man7/xattr.7.html
 */
export function extendedAttributes(fd: number, isPath: boolean): readonly ExtendedAttribute[] | number {
  let length = listed(fd, isPath, LIST_BYTES);
  if (length === -ERANGE) length = listed(fd, isPath, MOST_BYTES);
  if (length === 0 || length === -EOPNOTSUPP) return NO_ATTRIBUTES;
  if (length < 0) return length;
  const address = addressOf(fd);
  const attributes: ExtendedAttribute[] = [];
  for (const one of fromBytes(list.bytes.subarray(0, length - 1)).split('\0')) {
    const got = cGet(address, name.put(one as BytePath), value.address, MOST_BYTES);
    // One that is listed and cannot be had is gone, or nobody's business; unless the disk fails.
    if (got < 0 && koffi.errno() === EIO) return -EIO;
    if (got >= 0) attributes.push({ name: one as BytePath, value: Buffer.from(value.bytes.subarray(0, got)) });
  }
  return attributes;
}

/** Whether an open file has any extended attributes, or does not tell: by a descriptor of O_PATH none does. */
export function hasAttributes(fd: number): boolean {
  return listed(fd, false, LIST_BYTES) !== 0;
}

/** Bytes of the list of names, of at most `most`, or negative errno. */
function listed(fd: number, isPath: boolean, most: number): number {
  // The calls by descriptor refuse one of O_PATH; its name under /proc leads to the very file, and takes longer.
  const length = isPath ? cList(addressOf(fd), list.address, most) : cListOpen(fd, list.address, most);
  return length < 0 ? -koffi.errno() : length;
}

function addressOf(fd: number): number {
  return path.put(fromText(`/proc/self/fd/${fd}`));
}

import koffi from 'koffi';
import { fromBytes } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { NativeBuffer } from '@duet/core/kernel/syscalls';

const cReadlinkat = koffi.load(null).func('intptr_t readlinkat(int fd, intptr_t path, intptr_t buffer, uintptr_t size)') as (
  fd: number,
  path: number,
  buffer: number,
  size: number,
) => number;

/** The longest that the kernel has. */
const MOST_BYTES = 4096;
const empty = new NativeBuffer(16);
const target = new NativeBuffer(MOST_BYTES);

/** Where a symbolic link, opened with O_PATH, points to; a negative errno if it cannot be read. */
export function linkTarget(fd: number): BytePath | number {
  const length = cReadlinkat(fd, empty.address, target.address, MOST_BYTES);
  return length < 0 ? -koffi.errno() : fromBytes(target.bytes.subarray(0, length));
}

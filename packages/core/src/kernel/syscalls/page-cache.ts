import { checked, libc, syscall } from './library.js';
import { NativeBuffer } from './native-buffer.js';

const SYS_CACHESTAT = 451;
const PROT_READ = 1;
const MAP_SHARED = 1;

const cMmap = libc.func('intptr_t mmap(intptr_t address, uintptr_t length, int protection, int flags, int fd, int64_t offset)');
const cMunmap = libc.func('int munmap(intptr_t address, uintptr_t length)');
const cMincore = libc.func('int mincore(intptr_t address, uintptr_t length, intptr_t vector)');

const RANGE = 0;
const COUNTS = 16;
const scratch = new NativeBuffer(64);

/**
 * Counts cached pages of an open file from byte `offset`, for `length` bytes
 * (0: to the end of the cache). Read the counts with `cachedPages` and
 * `dirtyPages` before the next call. 0, or negative errno: -ENOSYS before
 * Linux 6.5, -EPERM without ownership or write access since 6.12.12.
 *
 * @see https://man7.org/linux/man-pages/man2/cachestat.2.html
 */
export function cachestat(fd: number, offset: number, length: number): number {
  scratch.setU64(RANGE, offset);
  scratch.setU64(RANGE + 8, length);
  return checked(syscall(SYS_CACHESTAT, fd, scratch.address + RANGE, scratch.address + COUNTS, 0, 0));
}

/** Pages in the cache, by the last `cachestat`: also those that are being read just now. */
export function cachedPages(): number {
  return scratch.u64(COUNTS);
}

/** Pages that wait to be written, by the last `cachestat`. */
export function dirtyPages(): number {
  return scratch.u64(COUNTS + 8);
}

/** Maps `length` bytes of a file from byte `offset` for reading. Its address, or negative errno. */
export function mapFile(fd: number, offset: number, length: number): number {
  return checked(cMmap(0, length, PROT_READ, MAP_SHARED, fd, offset));
}

export function unmap(address: number, length: number): void {
  cMunmap(address, length);
}

/** Writes one byte for each page of a mapping to `vector`; bit 0 says resident. 0, or negative errno. */
export function mincore(address: number, length: number, vector: number): number {
  return checked(cMincore(address, length, vector));
}

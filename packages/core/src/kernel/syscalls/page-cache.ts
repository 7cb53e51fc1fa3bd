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

/** Bytes of the largest folio. */
export const FOLIO_BYTES_MAX = 2 << 20;
/** How often a count is repeated because what it is taken from changed meanwhile. */
const TRIES = 3;

let cached = 0;
let dirty = 0;

/**
 * Counts cached pages of an open file from byte `offset`, for `length` bytes
 * (0: to the end of the cache). Read the counts with `cachedPages` and
 * `dirtyPages` before the next call. 0, or negative errno: -ENOSYS before
 * Linux 6.5, -EPERM without ownership or write access since 6.12.12.
 *
 * A range that begins within a folio is asked for as the difference of two that
 * begin where a folio may: if the kernel lets another thread have the CPU while
 * it counts, it goes on as if the folio had begun at `offset`, and leaves out
 * what is behind it (seen on 6.18: some 20 of a million calls on a busy machine).
 *
 * @see https://man7.org/linux/man-pages/man2/cachestat.2.html
 */
export function cachestat(fd: number, offset: number, length: number): number {
  const before = offset % FOLIO_BYTES_MAX;
  if (before === 0) return count(fd, offset, length);
  const start = offset - before;
  const failed = count(fd, start, before);
  if (failed < 0) return failed;
  for (let left = TRIES; ; left--) {
    const [cachedBefore, dirtyBefore] = [cached, dirty];
    count(fd, start, length === 0 ? 0 : before + length);
    const [cachedInAll, dirtyInAll] = [cached, dirty];
    const answer = count(fd, start, before);
    const same = cached === cachedBefore && dirty === dirtyBefore;
    if (answer === 0 && !same && left > 0) continue;
    // What comes and goes there all the time: rather too few are cached, and too many dirty.
    cached = Math.max(cachedInAll - Math.max(cached, cachedBefore), 0);
    dirty = same ? Math.max(dirtyInAll - dirty, 0) : dirtyInAll;
    return answer;
  }
}

/** Pages in the cache, by the last `cachestat`: also those that are being read just now. */
export function cachedPages(): number {
  return cached;
}

/** Pages that wait to be written, by the last `cachestat`. */
export function dirtyPages(): number {
  return dirty;
}

function count(fd: number, offset: number, length: number): number {
  scratch.setU64(RANGE, offset);
  scratch.setU64(RANGE + 8, length);
  const answer = checked(syscall(SYS_CACHESTAT, fd, scratch.address + RANGE, scratch.address + COUNTS, 0, 0));
  cached = scratch.u64(COUNTS);
  dirty = scratch.u64(COUNTS + 8);
  return answer;
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

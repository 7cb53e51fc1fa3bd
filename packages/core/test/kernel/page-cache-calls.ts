import koffi from 'koffi';
import { closeSync, fstatSync, openSync } from 'node:fs';

const libc = koffi.load('libc.so.6');
const mmap = libc.func('intptr_t mmap(intptr_t address, size_t bytes, int protection, int flags, int fd, int64_t offset)');
const munmap = libc.func('int munmap(intptr_t address, size_t bytes)');
const msync = libc.func('int msync(intptr_t address, size_t bytes, int flags)');
const mincore = libc.func('int mincore(intptr_t address, size_t bytes, void *vector)');
const fadvise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t bytes, int advice)');
const syncFs = libc.func('int syncfs(int fd)');
const syncRange = libc.func('int sync_file_range(int fd, int64_t offset, int64_t bytes, unsigned int flags)');

const fallocate = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t bytes)');

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MS_SYNC = 4;
const POSIX_FADV_DONTNEED = 4;
const SYNC_FILE_RANGE_WRITE = 2;

/** Calls on the page cache, as tests need them; each opens the file by itself. */

/** Pages of the file that are cached, in order. */
export function residentPages(path: string): number[] {
  return withFile(path, 'r', (fd) => {
    const bytes = fstatSync(fd).size;
    if (bytes === 0) return [];
    const vector = new Uint8Array(Math.ceil(bytes / 4096));
    const address = must(mmap(0, bytes, PROT_READ, MAP_SHARED, fd, 0) as number);
    must(mincore(address, bytes, vector) as number);
    munmap(address, bytes);
    return [...vector.keys()].filter((page) => (vector[page] & 1) === 1);
  });
}

/** Drops clean pages of a range from the cache; 0 bytes: to the end. */
export function dropPages(path: string, offset = 0, bytes = 0): void {
  withFile(path, 'r', (fd) => must(fadvise(fd, offset, bytes, POSIX_FADV_DONTNEED) as number));
}

/** Frees a range of the file's bytes. */
export function punchHole(path: string, offset: number, bytes: number): void {
  withFile(path, 'r+', (fd) => must(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) as number));
}

/** Writes all that is dirty on the file system that holds `path`. */
export function syncFileSystem(path: string): void {
  withFile(path, 'r', (fd) => must(syncFs(fd) as number));
}

/** Starts writing a range, and does not wait. */
export function startWriting(path: string, offset: number, bytes: number): void {
  withFile(path, 'r+', (fd) => must(syncRange(fd, offset, bytes, SYNC_FILE_RANGE_WRITE) as number));
}

/** Writes one byte at each offset through a mapping; then `msync`, if asked. */
export function writeMapped(path: string, offsets: readonly number[], sync: boolean): void {
  withFile(path, 'r+', (fd) => {
    const bytes = fstatSync(fd).size;
    const address = must(mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) as number);
    const view = new Uint8Array(koffi.view(address, bytes));
    for (const offset of offsets) view[offset] ^= 0xff;
    if (sync) must(msync(address, bytes, MS_SYNC) as number);
    munmap(address, bytes);
  });
}

function withFile<T>(path: string, flags: string, body: (fd: number) => T): T {
  const fd = openSync(path, flags);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

function must(result: number): number {
  if (result === -1) throw new Error(`errno ${koffi.errno()}`);
  return result;
}

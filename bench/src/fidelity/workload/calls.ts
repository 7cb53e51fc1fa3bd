import koffi from 'koffi';

const libc = koffi.load(null);

/** A call that the kernel refused. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

function checked(call: string, result: unknown): number {
  const value = Number(result);
  if (value === -1) throw new CallError(call, koffi.errno());
  return value;
}

const cFadvise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');
const cFallocate = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
const cSyncFileRange = libc.func('int sync_file_range(int fd, int64_t offset, int64_t length, unsigned int flags)');
const cCopyFileRange = libc.func('intptr_t copy_file_range(int from, int64_t *fromOffset, int to, int64_t *toOffset, uintptr_t length, unsigned int flags)');
const cIoctl = libc.func('int ioctl(int fd, unsigned long request, intptr_t argument)');
const cMmap = libc.func('intptr_t mmap(intptr_t address, uintptr_t length, int protection, int flags, int fd, int64_t offset)');
const cMunmap = libc.func('int munmap(intptr_t address, uintptr_t length)');
const cMsync = libc.func('int msync(intptr_t address, uintptr_t length, int flags)');
const cMemset = libc.func('intptr_t memset(intptr_t address, int value, uintptr_t length)');
const cMemchr = libc.func('intptr_t memchr(intptr_t address, int value, uintptr_t length)');

const FICLONE = 0x40049409;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MS_ASYNC = 1;
const MS_SYNC = 4;

export const Advice = { NORMAL: 0, RANDOM: 1, SEQUENTIAL: 2, WILLNEED: 3, DONTNEED: 4 } as const;

/** Modes of fallocate. */
export const Fallocate = { KEEP_SIZE: 1, PUNCH_HOLE: 2, COLLAPSE_RANGE: 8, ZERO_RANGE: 16, INSERT_RANGE: 32 } as const;

export function fadvise(fd: number, offset: number, length: number, advice: number): void {
  const errno = Number(cFadvise(fd, offset, length, advice));
  if (errno !== 0) throw new CallError('posix_fadvise', errno);
}

export function fallocate(fd: number, mode: number, offset: number, length: number): void {
  checked('fallocate', cFallocate(fd, mode, offset, length));
}

/** Starts writing the range and waits for it, as `flags` say (1 wait before, 2 write, 4 wait after). */
export function syncFileRange(fd: number, offset: number, length: number, flags: number): void {
  checked('sync_file_range', cSyncFileRange(fd, offset, length, flags));
}

export function copyFileRange(from: number, fromOffset: number, to: number, toOffset: number, length: number): void {
  checked('copy_file_range', cCopyFileRange(from, [fromOffset], to, [toOffset], length, 0));
}

/** Makes all of `to` share the extents of `from`. */
export function reflink(from: number, to: number): void {
  checked('ioctl FICLONE', cIoctl(to, FICLONE, from));
}

/** A part of a file in memory. */
export class Mapping {
  readonly #address: number;
  readonly #length: number;

  /** `offset` is a multiple of the page size. */
  constructor(fd: number, offset: number, length: number) {
    this.#length = length;
    this.#address = checked('mmap', cMmap(0, length, PROT_READ_WRITE, MAP_SHARED, fd, offset));
  }

  write(offset: number, length: number, value: number): void {
    cMemset(this.#address + offset, value, length);
  }

  /** Looks for a byte, and so reads up to where it stands. */
  read(offset: number, length: number, value: number): void {
    cMemchr(this.#address + offset, value, length);
  }

  sync(wait: boolean): void {
    checked('msync', cMsync(this.#address, this.#length, wait ? MS_SYNC : MS_ASYNC));
  }

  close(): void {
    cMunmap(this.#address, this.#length);
  }
}

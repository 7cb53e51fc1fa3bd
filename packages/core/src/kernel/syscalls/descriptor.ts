import { constants } from 'node:fs';
import { checked, libc, syscall } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** Open flags; those that Node does not name are the same on all architectures it runs on. */
export const Open = {
  RDONLY: constants.O_RDONLY,
  RDWR: constants.O_RDWR,
  EXCL: constants.O_EXCL,
  DIRECTORY: constants.O_DIRECTORY,
  NOFOLLOW: constants.O_NOFOLLOW,
  NONBLOCK: constants.O_NONBLOCK,
  NOATIME: constants.O_NOATIME,
  DIRECT: constants.O_DIRECT,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  /** A file without a name, in the folder that is opened. */
  TMPFILE: 0o20000000 | constants.O_DIRECTORY,
} as const;

/** How `openat2` resolves a path. */
export const Resolve = { NO_XDEV: 1, NO_MAGICLINKS: 2, NO_SYMLINKS: 4, BENEATH: 8, IN_ROOT: 16 } as const;

/** Stands for the working directory where a directory descriptor is asked for. */
export const AT_FDCWD = -100;

const SYS_OPENAT2 = 437;

const cOpenat = libc.func('int openat(int dir, intptr_t path, int flags, int mode)');
const cClose = libc.func('int close(int fd)');
const cRead = libc.func('intptr_t read(int fd, intptr_t buffer, uintptr_t count)');
const cPread = libc.func('intptr_t pread(int fd, intptr_t buffer, uintptr_t count, int64_t offset)');
const cReadlink = libc.func('intptr_t readlink(intptr_t path, intptr_t buffer, uintptr_t size)');
const cFadvise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');
const cSyncFileRange = libc.func('int sync_file_range(int fd, int64_t offset, int64_t length, unsigned int flags)');
const cFallocate = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
const cIoctl = libc.func('int ioctl(int fd, unsigned long request, intptr_t argument)');
const cFcntl = libc.func('int fcntl(int fd, int command, intptr_t argument)');
const cFlock = libc.func('int flock(int fd, int operation)');

/** Opens the path whose NUL-terminated bytes stand at `path`. A descriptor, or negative errno. */
export function openat(dir: number, path: number, flags: number): number {
  return checked(cOpenat(dir, path, flags, 0));
}

const how = new NativeBuffer(24);

/**
 * As `openat`, with `Resolve` bits; negative errno, -ENOSYS before Linux 5.6.
 *
 * @see https://man7.org/linux/man-pages/man2/openat2.2.html
 */
export function openat2(dir: number, path: number, flags: number, resolve: number): number {
  how.setU64(0, flags);
  how.setU64(8, 0);
  how.setU64(16, resolve);
  return checked(syscall(SYS_OPENAT2, dir, path, how.address, 24, 0));
}

/** Closes; what the kernel answers is of no use to a reader. */
export function close(fd: number): void {
  cClose(fd);
}

/** Reads up to `count` bytes to address `buffer`. Bytes read, or negative errno (-EAGAIN: nothing is waiting). */
export function read(fd: number, buffer: number, count: number): number {
  return checked(cRead(fd, buffer, count));
}

/** Reads `count` bytes at byte `offset` of the file to address `buffer`. Bytes read (0: end of file), or negative errno. */
export function pread(fd: number, buffer: number, count: number, offset: number): number {
  return checked(cPread(fd, buffer, count, offset));
}

/** Reads up to `size` bytes of the symbolic link at address `path` to address `buffer`, without a NUL. Bytes read, or negative errno. */
export function readlink(path: number, buffer: number, size: number): number {
  return checked(cReadlink(path, buffer, size));
}

/** What a program is about to do with a range. */
export const Advice = { NORMAL: 0, RANDOM: 1, SEQUENTIAL: 2, WILLNEED: 3, DONTNEED: 4 } as const;

/** Gives `advice` on `length` bytes from `offset`; 0 means to the end. 0, or negative errno. */
export function fadvise(fd: number, offset: number, length: number, advice: number): number {
  // posix_fadvise returns the error itself.
  return -cFadvise(fd, offset, length, advice);
}

/** What `syncFileRange` does about dirty pages of the range: has their writing begin, or waits for it too. */
export const SyncRange = { START: 2, START_AND_WAIT: 1 | 2 | 4 } as const;

/**
 * Writes out a range of a file's data, not its size nor where it lies: makes
 * nothing durable. 0, or negative errno.
 *
 * @see https://man7.org/linux/man-pages/man2/sync_file_range.2.html
 */
export function syncFileRange(fd: number, offset: number, length: number, flags: number): number {
  return checked(cSyncFileRange(fd, offset, length, flags));
}

/** How `fallocate` changes a file. */
export const Fallocate = { KEEP_SIZE: 1, COLLAPSE_RANGE: 8 } as const;

/** Allocates `length` bytes from `offset`, or what `mode` says. 0, or negative errno (-ENOSPC). */
export function fallocate(fd: number, mode: number, offset: number, length: number): number {
  return checked(cFallocate(fd, mode, offset, length));
}

/** Device control; negative errno on failure. */
export function ioctl(fd: number, request: number, argument: number): number {
  return checked(cIoctl(fd, request, argument));
}

/** File control; negative errno on failure. */
export function fcntl(fd: number, command: number, argument: number): number {
  return checked(cFcntl(fd, command, argument));
}

/** Locks of whole files; the kernel drops them with the last descriptor. */
export const Lock = { SHARED: 1, EXCLUSIVE: 2, NONBLOCK: 4, UNLOCK: 8 } as const;

/** Takes or drops a lock; 0, or negative errno (-EAGAIN: another one holds it). */
export function flock(fd: number, operation: number): number {
  return checked(cFlock(fd, operation));
}

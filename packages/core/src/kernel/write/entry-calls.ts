import type { BytePath } from '../../model/index.js';
import { At, CString } from '../syscalls/index.js';
import { checked, libc } from '../syscalls/library.js';
import { NativeBuffer } from '../syscalls/native-buffer.js';

/*
 * Calls that make and change entries of an open folder, by one name in it: no
 * path is walked, and no symbolic link followed. All return negative errno on
 * failure.
 */

const cOpenat = libc.func('int openat(int dir, intptr_t name, int flags, int mode)');
const cMkdirat = libc.func('int mkdirat(int dir, intptr_t name, int mode)');
const cMknodat = libc.func('int mknodat(int dir, intptr_t name, unsigned int mode, uint64_t device)');
const cSymlinkat = libc.func('int symlinkat(intptr_t target, int dir, intptr_t name)');
const cLinkat = libc.func('int linkat(int fromDir, intptr_t from, int dir, intptr_t name, int flags)');
const cRenameat = libc.func('int renameat(int fromDir, intptr_t from, int dir, intptr_t name)');
const cUnlinkat = libc.func('int unlinkat(int dir, intptr_t name, int flags)');
const cFchownat = libc.func('int fchownat(int dir, intptr_t name, unsigned int uid, unsigned int gid, int flags)');
const cFchmodat = libc.func('int fchmodat(int dir, intptr_t name, unsigned int mode, int flags)');
const cUtimensat = libc.func('int utimensat(int dir, intptr_t name, intptr_t times, int flags)');
const cFutimens = libc.func('int futimens(int fd, intptr_t times)');
const cSetxattr = libc.func('int setxattr(intptr_t path, intptr_t name, intptr_t value, uintptr_t size, int flags)');
const cSyncfs = libc.func('int syncfs(int fd)');

const AT_SYMLINK_FOLLOW = 0x400;

const name = new CString();
const other = new CString();
const times = new NativeBuffer(32);
const EMPTY = '' as BytePath;

/** The open file itself, as a path. */
function ofDescriptor(fd: number): BytePath {
  return `/proc/self/fd/${fd}` as BytePath;
}

/** Opens, and makes if `flags` say so, one name in a folder. A descriptor, or negative errno. */
export function openName(dir: number, entry: BytePath, flags: number, mode = 0): number {
  return checked(cOpenat(dir, name.put(entry), flags, mode));
}

export function makeFolder(dir: number, entry: BytePath, mode: number): number {
  return checked(cMkdirat(dir, name.put(entry), mode));
}

/** Makes a FIFO, socket or device; `device` as stat(2) has it. */
export function makeNode(dir: number, entry: BytePath, mode: number, device: bigint): number {
  return checked(cMknodat(dir, name.put(entry), mode, device));
}

export function makeSymlink(dir: number, entry: BytePath, target: BytePath): number {
  return checked(cSymlinkat(other.put(target), dir, name.put(entry)));
}

/** Gives an open file, also one opened with O_PATH, one more name. */
export function linkDescriptor(fd: number, dir: number, entry: BytePath): number {
  return checked(cLinkat(dir, other.put(ofDescriptor(fd)), dir, name.put(entry), AT_SYMLINK_FOLLOW));
}

/** Renames within a folder, over what has the new name if that is no folder. */
export function renameEntry(dir: number, from: BytePath, to: BytePath): number {
  return checked(cRenameat(dir, other.put(from), dir, name.put(to)));
}

/** Moves an entry, under its name unless `to` is another, into another folder of its file system; over what has the name there if neither is a folder, or both are and that one is empty. */
export function moveEntry(fromDir: number, entry: BytePath, dir: number, to = entry): number {
  return checked(cRenameat(fromDir, other.put(entry), dir, name.put(to)));
}

export function removeEntry(dir: number, entry: BytePath): number {
  return checked(cUnlinkat(dir, name.put(entry), 0));
}

/** Changes owner and group of an open file, a symbolic link too if it was opened with O_PATH. */
export function changeOwner(fd: number, uid: number, gid: number): number {
  return checked(cFchownat(fd, name.put(EMPTY), uid, gid, At.EMPTY_PATH));
}

/** Changes the permission bits of an open file, also one opened with O_PATH; symbolic links have none (-EOPNOTSUPP). */
export function changeMode(fd: number, mode: number): number {
  return checked(cFchmodat(fd, name.put(ofDescriptor(fd)), mode, 0));
}

/** Sets the times of an entry, itself if it is a symbolic link; nanoseconds since 1970. */
export function changeTimes(dir: number, entry: BytePath, atimeNs: bigint, mtimeNs: bigint): number {
  putTimes(atimeNs, mtimeNs);
  return checked(cUtimensat(dir, name.put(entry), times.address, At.SYMLINK_NOFOLLOW));
}

/** Sets the times of an open file, not of one opened with O_PATH. */
export function changeTimesOf(fd: number, atimeNs: bigint, mtimeNs: bigint): number {
  putTimes(atimeNs, mtimeNs);
  return checked(cFutimens(fd, times.address));
}

/** Sets an extended attribute of an open file, also one opened with O_PATH. */
export function setAttribute(fd: number, attribute: BytePath, value: Uint8Array): number {
  const bytes = new NativeBuffer(value.length);
  bytes.bytes.set(value);
  return checked(cSetxattr(name.put(ofDescriptor(fd)), other.put(attribute), bytes.address, value.length, 0));
}

/** Makes everything durable that was written to the file system that an open file is on. */
export function syncFileSystem(fd: number): number {
  return checked(cSyncfs(fd));
}

function putTimes(atimeNs: bigint, mtimeNs: bigint): void {
  for (const [i, ns] of [atimeNs, mtimeNs].entries()) {
    const fraction = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
    times.view.setBigInt64(16 * i, (ns - fraction) / SECOND_NS, true);
    times.view.setBigInt64(16 * i + 8, fraction, true);
  }
}

const SECOND_NS = 1_000_000_000n;

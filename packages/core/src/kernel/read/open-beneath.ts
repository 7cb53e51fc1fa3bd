import type { BytePath } from '../../model/index.js';
import {
  AT_FDCWD,
  close,
  CString,
  EAGAIN,
  ENAMETOOLONG,
  ENOENT,
  EPERM,
  Open,
  openat,
  openat2,
  Resolve,
} from '../syscalls/index.js';

/** What every file is opened with: never waits for a writer of a FIFO, never follows a link at the end. */
const FLAGS = Open.RDONLY | Open.CLOEXEC | Open.NONBLOCK | Open.NOFOLLOW;
const RESOLVE = Resolve.BENEATH | Resolve.NO_SYMLINKS;
/** A rename anywhere at the same moment makes the kernel ask for another try. */
const TRIES = 16;

const cString = new CString();

/** Whether this kernel has openat2 (Linux 5.6 and later, unless a sandbox forbids it). */
export const openat2Exists = (() => {
  const fd = openat2(AT_FDCWD, cString.put('/' as BytePath), Open.PATH | Open.CLOEXEC, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
})();

/**
 * Opens a file for reading by its path beneath the folder `root`, through no
 * symbolic link and never outside of it, without touching its access time
 * where the user may. Crosses mounts. `flags` come on top of these.
 *
 * A descriptor, or negative errno: -ELOOP and -EXDEV mean that the path is not
 * what it was, as -ENOENT and -ENOTDIR do. What was opened may still be
 * anything: check its type and identity.
 */
export function openBeneath(root: number, path: BytePath, flags = 0): number {
  const fd = openOnce(root, path, FLAGS | flags | Open.NOATIME);
  return fd === -EPERM ? openOnce(root, path, FLAGS | flags) : fd;
}

/** Opens a file only to be looked at (its state, its handle): also one that may not be read. A descriptor, or negative errno. */
export function locateBeneath(root: number, path: BytePath): number {
  return openOnce(root, path, Open.PATH | Open.NOFOLLOW | Open.CLOEXEC);
}

/**
 * Opens one name in a folder, with the same flags; `name` is the address of
 * its NUL-terminated bytes and holds no slash. A descriptor, or negative errno.
 */
export function openEntry(folder: number, name: number, flags = 0): number {
  const fd = openat(folder, name, FLAGS | flags | Open.NOATIME);
  return fd === -EPERM ? openat(folder, name, FLAGS | flags) : fd;
}

function openOnce(root: number, path: BytePath, flags: number): number {
  if (!openat2Exists) return openByComponents(root, path, flags);
  for (let left = TRIES; ; left--) {
    const fd = openat2(root, cString.put(path), flags, RESOLVE);
    if (fd === -ENAMETOOLONG) return openByComponents(root, path, flags);
    if (fd !== -EAGAIN || left === 0) return fd;
  }
}

/** The same, name by name: for kernels without openat2, and paths that are too long for one call. */
export function openByComponents(root: number, path: BytePath, flags: number): number {
  const folders = path.split('/');
  const last = folders.pop()!;
  let folder = root;
  for (const name of folders) {
    const next = openName(folder, name, Open.PATH | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC);
    if (folder !== root) close(folder);
    if (next < 0) return next;
    folder = next;
  }
  const fd = openName(folder, last, flags);
  if (folder !== root) close(folder);
  return fd;
}

function openName(folder: number, name: string, flags: number): number {
  return name === '' || name === '..' ? -ENOENT : openat(folder, cString.put(name as BytePath), flags);
}

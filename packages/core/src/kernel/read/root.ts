import { readlinkSync } from 'node:fs';
import { DuetError, fromBytes, joinPath, toDisplay } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { AT_FDCWD, close, CString, errnoError, errnoName, Open, openat, Stat, syscallError } from '../syscalls/index.js';
import { locateBeneath, openBeneath } from './open-beneath.js';

const cString = new CString();

/**
 * The path that a task works on, held open, so that names below it are looked
 * up beneath it whatever happens to the path meanwhile.
 *
 * The path may be a folder or a single file; a file is looked up in its
 * folder, so that one replaced by rename is found. Symbolic links in the path
 * itself are followed once, here.
 */
export class Root {
  /** Absolute, without symbolic links. */
  readonly path: BytePath;
  readonly isFolder: boolean;
  /** The folder, or the one that the file is in: descriptor for `openat`. */
  readonly fd: number;
  readonly #name: BytePath;

  private constructor(path: BytePath, isFolder: boolean, fd: number, name: BytePath) {
    this.path = path;
    this.isFolder = isFolder;
    this.fd = fd;
    this.#name = name;
  }

  /**
   * Opens a path, relative to the working directory if it is not absolute.
   *
   * @throws {DuetError} `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED`, `DUET_ERR_USAGE` (neither a folder nor a regular file)
   */
  static open(path: BytePath): Root {
    const handle = openat(AT_FDCWD, cString.put(path), Open.PATH | Open.CLOEXEC);
    if (handle < 0) throw rootError(path, handle);
    try {
      const stat = new Stat();
      const failed = stat.read(handle);
      if (failed < 0) throw rootError(path, failed);
      const real = fromBytes(readlinkSync(`/proc/self/fd/${handle}`, 'buffer'));
      if (stat.isFolder) return new Root(real, true, openFolder(real, Open.RDONLY, path), '' as BytePath);
      if (!stat.isRegular) throw notAFile(path);
      const slash = real.lastIndexOf('/');
      const folder = (slash === 0 ? '/' : real.slice(0, slash)) as BytePath;
      return new Root(real, false, openFolder(folder, Open.PATH, path), real.slice(slash + 1) as BytePath);
    } finally {
      close(handle);
    }
  }

  /** The name to look up from `fd` for `relative`, which is '' for a root that is a file. */
  nameOf(relative: BytePath): BytePath {
    return this.isFolder ? relative : this.#name;
  }

  /** Opens a file for reading by its path relative to this one; a descriptor, or negative errno (see `openBeneath`). */
  openFile(relative: BytePath, flags = 0): number {
    return openBeneath(this.fd, this.nameOf(relative), flags);
  }

  /** Opens a file only to be looked at, as `openFile` does. */
  locate(relative: BytePath): number {
    return locateBeneath(this.fd, this.nameOf(relative));
  }

  /** Opens a folder for reading by its path relative to this one, as `openFile` does. */
  openFolder(relative: BytePath): number {
    return openBeneath(this.fd, relative === '' ? ('.' as BytePath) : relative, Open.DIRECTORY);
  }

  /** Absolute path of `relative`. */
  absolute(relative: BytePath): BytePath {
    return relative === '' ? this.path : joinPath(this.path, relative);
  }

  close(): void {
    close(this.fd);
  }
}

function openFolder(folder: BytePath, flags: number, shown: BytePath): number {
  const fd = openat(AT_FDCWD, cString.put(folder), flags | Open.DIRECTORY | Open.CLOEXEC);
  if (fd < 0) throw rootError(shown, fd);
  return fd;
}

function rootError(path: BytePath, errno: number): DuetError {
  const name = errnoName(errno);
  if (name === 'ENOENT' || name === 'ENOTDIR') {
    return new DuetError('DUET_ERR_PATH_MISSING', {
      operation: 'open the path',
      message: `${toDisplay(path)} does not exist`,
      path: toDisplay(path),
      cause: errnoError(errno, 'openat'),
    });
  }
  const denied = name === 'EACCES' || name === 'EPERM';
  return syscallError('open', 'openat', errno, path, denied ? 'DUET_ERR_PATH_DENIED' : 'DUET_ERR_SYSCALL');
}

function notAFile(path: BytePath): DuetError {
  return new DuetError('DUET_ERR_USAGE', {
    operation: 'open the path',
    message: `${toDisplay(path)} is neither a folder nor a regular file`,
    path: toDisplay(path),
    hint: 'name a folder or a regular file',
  });
}

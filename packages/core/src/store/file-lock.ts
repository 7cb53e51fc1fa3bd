import { closeSync, ftruncateSync, openSync, readFileSync, writeSync, constants } from 'node:fs';
import koffi from 'koffi';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

const flock = koffi.load(null).func('int flock(int fd, int operation)') as (fd: number, operation: number) => number;

/**
 * A lock on a file, held until released or until the process ends, however it ends.
 *
 * It belongs to the open file, so that a second try is refused in the same
 * process too. The file stays behind when the lock goes: removing it would let
 * two processes lock two files of the same name.
 *
 * @see https://man7.org/linux/man-pages/man2/flock.2.html
 */
export class FileLock {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Takes the lock if it is free, making the file (mode 0600) if need be; undefined if someone has it. Throws errno errors. */
  static tryLock(path: string, mode: 'shared' | 'exclusive'): FileLock | undefined {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    if (flock(fd, (mode === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return new FileLock(fd);
    const errno = koffi.errno();
    closeSync(fd);
    if (errno === koffi.os.errno['EWOULDBLOCK']) return undefined;
    const code = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
    throw Object.assign(new Error(`${code}: flock '${path}'`), { code });
  }

  /** Writes this process's number into the file, for `holderOf`. */
  sign(): void {
    const text = `${process.pid}\n`;
    writeSync(this.#fd, text, 0);
    ftruncateSync(this.#fd, text.length);
  }

  /** Safe to call twice. */
  release(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** The process that signed the lock file last; undefined if none did. */
export function holderOf(path: string): number | undefined {
  const pid = Number.parseInt(readFileSync(path, 'latin1'), 10);
  return Number.isNaN(pid) ? undefined : pid;
}

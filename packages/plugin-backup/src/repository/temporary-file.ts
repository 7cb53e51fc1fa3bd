import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { flock, Lock } from '@duet/core/kernel/syscalls';

const PREFIX = 'duet-tmp-';

/** A file this old had the time to be locked by the one who made it. */
const YOUNG_MS = 60_000;

/**
 * Makes a file under a name that readers of the repository pass over, and
 * locks it for as long as it is open, which tells that it is being written.
 * Throws errno errors.
 */
export function createTemporary(folder: string): { readonly path: string; readonly fd: number } {
  const path = join(folder, `${PREFIX}${randomBytes(12).toString('hex')}`);
  const fd = openSync(path, 'wx', 0o600);
  // Where there are no locks, nobody takes such files away either.
  flock(fd, Lock.EXCLUSIVE | Lock.NONBLOCK);
  return { path, fd };
}

/** Removes temporary files that nobody writes any more, those of crashed programs. Throws errno errors. */
export function removeAbandoned(folder: string, nowMs: number): void {
  for (const name of readdirSync(folder).filter((one) => one.startsWith(PREFIX))) {
    const path = join(folder, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > nowMs - YOUNG_MS) continue;
    const fd = openSync(path, 'r');
    if (flock(fd, Lock.EXCLUSIVE | Lock.NONBLOCK) === 0) unlinkSync(path);
    closeSync(fd);
  }
}

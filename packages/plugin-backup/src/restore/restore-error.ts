import { DuetError, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { errnoError, errnoName } from '@duet/core/kernel/syscalls';

/** With these nothing more can be restored there. */
const FATAL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

const HINTS: Readonly<Record<string, string>> = {
  EEXIST: 'something else has this name in the target folder: move it away',
  ENOTDIR: 'something else has this name in the target folder: move it away',
  ELOOP: 'a symbolic link has this name in the target folder: move it away',
  EISDIR: 'a folder has this name in the target folder: move it away',
  EPERM: 'run as root',
  EACCES: 'run as a user who may write to the target folder',
  EOPNOTSUPP: 'the file system of the target has no such thing',
};

/** What was done to an entry and failed; `errno` negative or not. */
export function restoreError(path: BytePath, doing: string, errno: number): DuetError {
  const name = errnoName(errno);
  const shown = toDisplay(path);
  const cause = errnoError(errno, doing);
  const hint = HINTS[name];
  return FATAL.has(name)
    ? new DuetError('DUET_ERR_RESTORE_TARGET', { operation: `${doing} ${shown}`, message: `cannot ${doing} ${shown}: ${name}`, path: shown, cause })
    : new DuetError('DUET_ERR_RESTORE', { operation: `${doing} ${shown}`, message: `cannot ${doing}: ${name}`, path: shown, cause, ...(hint === undefined ? {} : { hint }) });
}

/** The same for an error that Node's own calls throw. */
export function restoreFailure(path: BytePath, doing: string, error: unknown): unknown {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? restoreError(path, doing, error.errno) : error;
}

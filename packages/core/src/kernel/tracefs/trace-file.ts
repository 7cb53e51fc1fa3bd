import { readFileSync, writeFileSync } from 'node:fs';
import { DuetError, errnoOf } from '../../model/errors.js';

/** Why tracefs says no, in words, by errno. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Run as root.',
  EPERM: 'Run as root, and with kernel lockdown below `confidentiality` (see /sys/kernel/security/lockdown).',
  EROFS: 'tracefs is mounted read-only, as containers do it; run outside the container or mount it writable.',
  ENOENT: 'This kernel lacks it: needs CONFIG_EVENT_TRACING and the file system’s module loaded.',
  ENOMEM: 'Ask for a smaller buffer.',
  EINVAL: 'This kernel does not take the value.',
};

/** Writes a control file of tracefs. @throws {DuetError} `DUET_ERR_TRACEFS` */
export function writeTraceFile(path: string, value: string): void {
  try {
    writeFileSync(path, value, { flag: 'r+' });
  } catch (error) {
    throw traceFileError(`set ${path.split('/').pop()}`, path, error);
  }
}

/** Reads a control file of tracefs. @throws {DuetError} `DUET_ERR_TRACEFS` */
export function readTraceFile(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw traceFileError(`read ${path.split('/').pop()}`, path, error);
  }
}

/** A refused operation on tracefs, with what to do about it. */
export function traceFileError(operation: string, path: string, cause: unknown): DuetError {
  const errno = errnoOf(cause);
  const hint = errno === undefined ? undefined : HINTS[errno];
  return new DuetError('DUET_ERR_TRACEFS', {
    operation,
    message: `cannot ${operation} in ${path}: ${errno ?? String(cause)}`,
    path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

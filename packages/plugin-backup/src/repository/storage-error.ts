import { DuetError, errnoOf } from '@duet/core/model';
import type { ErrorCode } from '@duet/core/model';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'DUET_ERR_REPO_DAMAGED',
  ENOSPC: 'DUET_ERR_REPO_FULL',
  EDQUOT: 'DUET_ERR_REPO_FULL',
  EACCES: 'DUET_ERR_REPO_DENIED',
  EPERM: 'DUET_ERR_REPO_DENIED',
  EROFS: 'DUET_ERR_REPO_DENIED',
};

/** What a failed call on a file of the repository means; `operation` in the infinitive. */
export function storageError(operation: string, path: string, cause: unknown): DuetError {
  const errno = errnoOf(cause) ?? 'unknown error';
  return new DuetError(CODES[errno] ?? 'DUET_ERR_REPO_IO', { operation, message: `cannot ${operation}: ${errno}`, path, cause });
}

/** A file of the repository is not what it should be. */
export function damaged(operation: string, path: string, message: string, cause?: unknown): DuetError {
  return new DuetError('DUET_ERR_REPO_DAMAGED', { operation, message, path, cause });
}

/** Whether an error concerns one file of the repository, damaged or unreadable, and others may be well. */
export function isDamage(error: unknown): error is DuetError {
  return error instanceof DuetError && (error.code === 'DUET_ERR_REPO_DAMAGED' || error.code === 'DUET_ERR_REPO_IO');
}

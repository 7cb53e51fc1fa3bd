import { statfsSync, writeFileSync } from 'node:fs';
import { DuetError, errnoOf } from '../model/index.js';
import type { StateFolder } from './state-folder.js';

/** What was being done with the state database. */
export type StateOperation = 'open' | 'read' | 'write';

/** An I/O error with less room than this left means a full disk: SQLite does not always say so itself. */
const FULL_BELOW_BYTES = 64 * 1024;

/** Whether SQLite found that the file is damaged, or no database at all. */
export function isCorrupt(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || (error instanceof DuetError && error.code === 'DUET_ERR_STATE_CORRUPT');
}

/**
 * The error to give to people for one of SQLite or the file system.
 *
 * `DUET_ERR_STATE_FULL` if there is no room, `DUET_ERR_STATE_CORRUPT` if the
 * database is damaged, else `DUET_ERR_STATE_OPEN` or `DUET_ERR_STATE_WRITE`.
 */
export function stateError(error: unknown, operation: StateOperation, folder: StateFolder): DuetError {
  if (error instanceof DuetError) return error;
  const cause = error instanceof Error ? error.message : String(error);
  const details = { operation: `${operation} the state database`, path: folder.database, cause: error };
  if (isFull(errnoOf(error) ?? '', folder)) {
    return new DuetError('DUET_ERR_STATE_FULL', { ...details, message: `no room to write the state database ${folder.database}: ${cause}` });
  }
  if (isCorrupt(error)) {
    return new DuetError('DUET_ERR_STATE_CORRUPT', { ...details, message: `the state database ${folder.database} is damaged: ${cause}`, hint: 'The next run sets it aside, never deleting it, and starts a new one.' });
  }
  const code = operation === 'open' ? 'DUET_ERR_STATE_OPEN' : 'DUET_ERR_STATE_WRITE';
  return new DuetError(code, { ...details, message: `cannot ${operation} the state database ${folder.database}: ${cause}` });
}

/** Sees to it that the next open sets the database aside: the damage may be where opening does not look. */
export function noteDamage(folder: StateFolder): void {
  try {
    writeFileSync(folder.damaged, '', { mode: 0o600, flag: 'wx' });
  } catch {
    // Noted already, or cannot be noted; the error that led here is reported either way.
  }
}

function isFull(code: string, folder: StateFolder): boolean {
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return true;
  if (!code.startsWith('SQLITE_IOERR')) return false;
  try {
    const fs = statfsSync(folder.path);
    return fs.bavail * fs.bsize < FULL_BELOW_BYTES;
  } catch {
    return false;
  }
}

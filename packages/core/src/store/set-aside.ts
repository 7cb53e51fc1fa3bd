import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { DuetError } from '../model/index.js';
import { FileLock } from './file-lock.js';
import type { StateFolder } from './state-folder.js';

/** Parts of a SQLite database on the disk; the file itself last, since without its log it might pass for sound. */
const PARTS = ['-wal', '-shm', '-journal', ''];

/**
 * Moves a damaged database and its logs to `duet.db.corrupt-<UTC time>`.
 *
 * Killed in between, the next call goes on with the same name. The caller holds the open lock.
 *
 * @returns the new path of the database.
 * @throws {DuetError} `DUET_ERR_STATE_CORRUPT` while another process has it open.
 */
export function setDatabaseAside(folder: StateFolder): string {
  const alone = FileLock.tryLock(folder.useLock, 'exclusive');
  if (alone === undefined) {
    throw new DuetError('DUET_ERR_STATE_CORRUPT', {
      operation: 'set the state database aside', path: folder.database,
      message: `the state database ${folder.database} is damaged, and another process has it open`,
      hint: 'Stop the other Duet processes that use it and run again: it is then set aside and a new one started.',
    });
  }
  try {
    const aside = nameFor(folder);
    writeFileSync(folder.damaged, aside, { mode: 0o600, flush: true });
    for (const part of PARTS) {
      if (existsSync(folder.database + part)) renameSync(folder.database + part, aside + part);
    }
    syncFolder(folder.path);
    unlinkSync(folder.damaged);
    return aside;
  } finally {
    alone.release();
  }
}

function nameFor(folder: StateFolder): string {
  const prefix = `${folder.database}.corrupt-`;
  const begun = existsSync(folder.damaged) ? readFileSync(folder.damaged, 'utf8') : '';
  if (begun.startsWith(prefix)) return begun;
  const name = prefix + new Date().toISOString().replaceAll(/[-:]/g, '');
  let free = name;
  for (let i = 2; PARTS.some((part) => existsSync(free + part)); i++) free = `${name}-${i}`;
  return free;
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

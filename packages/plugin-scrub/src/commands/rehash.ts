import { DuetError, toDisplay } from '@duet/core';
import type { BytePath, CommandContext } from '@duet/core';
import { HashPool } from '../hash/hash-pool.js';
import type { HashedFile } from '../hash/hash-job.js';
import type { RecordedFile } from './recorded-files.js';

/** Paths in records are absolute: names below the root folder. */
export function belowRoot(path: BytePath): BytePath {
  return path.slice(1) as BytePath;
}

/** Runs `work` with a hashing thread, which ends with it, or when the command is aborted. */
export async function withHashing<T>({ signal }: CommandContext, work: (pool: HashPool) => Promise<T>): Promise<T> {
  const pool = new HashPool('/' as BytePath, 1);
  const abort = (): void => pool.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(pool);
  } finally {
    signal.removeEventListener('abort', abort);
    await pool.close();
  }
}

/**
 * Reads a recorded file whole, from the disk where it can be; undefined if it
 * is gone.
 *
 * @throws {DuetError} `DUET_ERR_READ`, `DUET_ERR_CHANGING`
 */
export async function rehash(pool: HashPool, { record }: RecordedFile, signal: AbortSignal): Promise<HashedFile | undefined> {
  const { path, ino, size } = record;
  const result = await pool.hash({ path: belowRoot(path), ino, dev: 0, offset: 0, bytes: size, whole: true, part: false, trustCache: false, attributes: true });
  switch (result.outcome) {
    case 'hashed':
      return result;
    case 'vanished':
      return undefined;
    case 'aborted':
      throw signal.reason;
    // Only of parts.
    case 'broken':
    case 'changing':
      throw new DuetError('DUET_ERR_CHANGING', { operation: 'read the file', message: `${toDisplay(path)} changed each time it was read`, path: toDisplay(path), hint: 'try again when no program writes to it' });
    case 'failed': {
      const where = result.offset === undefined ? '' : ` at byte ${result.offset}`;
      throw new DuetError('DUET_ERR_READ', { operation: 'read the file', message: `cannot read ${toDisplay(path)}${where}: ${result.errno}`, path: toDisplay(path) });
    }
  }
}

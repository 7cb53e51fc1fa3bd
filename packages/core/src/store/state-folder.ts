import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuetError, errnoOf } from '../model/index.js';
import { stateError } from './state-error.js';

/** Names of the files in a state folder. */
export class StateFolder {
  readonly path: string;
  readonly database: string;
  /** Says that the database was found damaged: the next open sets it aside. Holds the name to give it, if that has begun. */
  readonly damaged: string;
  /** Held by whoever is opening the database, for as long as that takes. */
  readonly openLock: string;
  /** Held, shared, by all who have the database open. */
  readonly useLock: string;
  /** Folder of the sockets that running processes answer at. */
  readonly status: string;

  constructor(path: string) {
    this.path = path;
    this.database = join(path, 'duet.db');
    this.damaged = join(path, 'duet.db.damaged');
    this.openLock = join(path, 'locks', 'open.lock');
    this.useLock = join(path, 'locks', 'use.lock');
    this.status = join(path, 'status');
  }

  /** Held by the process in which the task runs on the path. */
  taskLock(name: string, path: string): string {
    const hash = createHash('sha256').update(`${name}\0${path}`).digest('hex');
    return join(this.path, 'locks', `${hash.slice(0, 32)}.lock`);
  }

  /**
   * Makes the folder, readable by its owner only, unless it is there.
   *
   * @throws {DuetError} `DUET_ERR_STATE_OPEN`, `DUET_ERR_STATE_FULL`
   */
  prepare(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      accessSync(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
      mkdirSync(join(this.path, 'locks'), { recursive: true, mode: 0o700 });
    } catch (error) {
      const why = REASONS[errnoOf(error) ?? ''];
      if (why === undefined) throw stateError(error, 'open', this);
      throw new DuetError('DUET_ERR_STATE_OPEN', { operation: 'open the state folder', path: this.path, message: `the state folder ${this.path} ${why}`, cause: error });
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'is not a folder',
  ENOTDIR: 'is not a folder',
  EACCES: 'may not be written by this user',
  EPERM: 'may not be written by this user',
  EROFS: 'is on a read-only file system',
};

import { setTimeout as sleep } from 'node:timers/promises';
import { DuetError, errnoOf } from '@duet/core';
import type { Logger } from '@duet/core';
import { z } from 'zod';
import { thisOwner } from './owner.js';
import type { UnpackedFiles } from './unpacked-files.js';

const REFRESH_MS = 5 * 60_000;
/** A lock that was not refreshed for so long is nobody's. */
const STALE_MS = 30 * 60_000;
/** Of two that lock at the same moment, each sees the other's lock after this time. */
const SETTLE_MS = 200;

const lockFile = z.object({
  time: z.string().transform((text) => Date.parse(text)),
  exclusive: z.boolean().default(false),
  hostname: z.string().default(''),
  username: z.string().default(''),
  pid: z.number().int().default(0),
});
type HeldLock = z.output<typeof lockFile>;

export interface LockOptions {
  /** Nobody else may hold any lock. Default: others may hold locks that are not exclusive either. */
  readonly exclusive?: boolean;
  readonly log?: Logger;
  /** Milliseconds since 1970. */
  now?(): number;
}

/**
 * A lock on a repository, as all programs that work on it respect: refreshed
 * every five minutes, gone with `release`.
 */
export class RepositoryLock {
  readonly #files: UnpackedFiles;
  readonly #exclusive: boolean;
  readonly #now: () => number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #released = new AbortController();
  /** Rejects with `DUET_ERR_REPO_LOCKED`, or an error of the storage, if somebody locked at the same moment: nothing is to be written before it resolves. */
  readonly settled: Promise<void>;
  #name: string;
  #refreshedMs: number;
  #refreshing: Promise<void> = Promise.resolve();

  private constructor(files: UnpackedFiles, options: LockOptions, name: string, writtenMs: number) {
    const { exclusive = false, now = Date.now } = options;
    this.#files = files;
    this.#exclusive = exclusive;
    this.#now = now;
    this.#name = name;
    this.#refreshedMs = writtenMs;
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
    this.settled = sleep(SETTLE_MS, undefined, { signal: this.#released.signal }).then(() => refuseIfLocked(files, options, () => this.#name));
    // Whoever writes hears of it; others need not.
    this.settled.catch(() => undefined);
  }

  /**
   * Locks the repository; locks of programs that are gone are removed.
   *
   * @throws {DuetError} `DUET_ERR_REPO_LOCKED`, and those of the storage
   */
  static async acquire(files: UnpackedFiles, options: LockOptions = {}): Promise<RepositoryLock> {
    const lock = await RepositoryLock.place(files, options);
    try {
      await lock.settled;
    } catch (error) {
      await lock.release();
      throw error;
    }
    return lock;
  }

  /**
   * As `acquire`, for what can be read while the lock settles.
   *
   * @throws {DuetError} `DUET_ERR_REPO_LOCKED`, and those of the storage
   */
  static async place(files: UnpackedFiles, options: LockOptions = {}): Promise<RepositoryLock> {
    await refuseIfLocked(files, options, () => undefined);
    const writtenMs = (options.now ?? Date.now)();
    const name = await files.save('lock', lockOf(writtenMs, options.exclusive ?? false));
    return new RepositoryLock(files, options, name, writtenMs);
  }

  /** Aborted, with a `DuetError`, when the lock could not be kept: others may think that nobody is there. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews the lock now; what fails is tried again five minutes later, until the lock is stale. */
  refresh(): Promise<void> {
    return (this.#refreshing = this.#refreshing.then(() => this.#refresh()));
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#released.abort();
    await this.#refreshing;
    await this.#files.remove('lock', this.#name);
  }

  async #refresh(): Promise<void> {
    const nowMs = this.#now();
    // After a suspend, say: meanwhile others may have removed what is in use here.
    if (nowMs - this.#refreshedMs >= STALE_MS) return this.#lose();
    try {
      const old = this.#name;
      this.#name = await this.#files.save('lock', lockOf(nowMs, this.#exclusive));
      this.#refreshedMs = nowMs;
      await this.#files.remove('lock', old);
    } catch (error) {
      // Told when it counts: the lock is still good for a while.
      if (nowMs - this.#refreshedMs + REFRESH_MS >= STALE_MS) this.#lose(error);
    }
  }

  #lose(cause?: unknown): void {
    clearInterval(this.#timer);
    this.#lost.abort(
      new DuetError('DUET_ERR_REPO_LOCKED', {
        operation: 'keep the lock on the repository',
        message: 'the lock could not be refreshed for half an hour, and others may work as if nobody were here',
        path: this.#files.storage.location,
        hint: 'run again: what was checkpointed is kept',
        cause,
      }),
    );
  }
}

function lockOf(nowMs: number, exclusive: boolean): object {
  const { hostname, username, uid, gid } = thisOwner();
  const ids = { ...(uid === 0 ? {} : { uid }), ...(gid === 0 ? {} : { gid }) };
  return { time: new Date(nowMs).toISOString(), exclusive, hostname, username, pid: process.pid, ...ids };
}

async function refuseIfLocked(files: UnpackedFiles, { exclusive = false, log, now = Date.now }: LockOptions, own: () => string | undefined): Promise<void> {
  for (const name of await files.list('lock')) {
    const held = name === own() ? undefined : await readLock(files, name);
    if (!held) continue;
    if (isStale(held, now())) {
      log?.info(`removed a stale lock of ${describe(held)}`);
      await files.remove('lock', name);
    } else if (exclusive || held.exclusive) {
      throw new DuetError('DUET_ERR_REPO_LOCKED', {
        operation: 'lock the repository',
        message: `the repository is locked${held.exclusive ? ' for one program alone' : ''} by ${describe(held)}`,
        path: files.storage.location,
      });
    }
  }
}

/** Undefined if it is gone by now, or empty: a program that crashed while it wrote it. */
async function readLock(files: UnpackedFiles, name: string): Promise<HeldLock | undefined> {
  try {
    return lockFile.parse(await files.load('lock', name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (await isEmpty(files, name))) return undefined;
    throw error instanceof DuetError
      ? error
      : new DuetError('DUET_ERR_REPO_LOCKED', { operation: 'lock the repository', message: 'there is a lock that cannot be read', path: `${files.storage.location}: lock ${name}`, cause: error });
  }
}

async function isEmpty(files: UnpackedFiles, name: string): Promise<boolean> {
  try {
    return (await files.storage.size('lock', name)) === 0;
  } catch {
    return false;
  }
}

function isStale({ time, hostname, pid }: HeldLock, nowMs: number): boolean {
  return nowMs - time > STALE_MS || (hostname === thisOwner().hostname && !processExists(pid));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function describe({ username, hostname, pid, time }: HeldLock): string {
  return `${username}@${hostname}, process ${pid}, since ${new Date(time).toISOString()}`;
}

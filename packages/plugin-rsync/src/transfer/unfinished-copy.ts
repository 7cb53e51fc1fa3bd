import { randomBytes } from 'node:crypto';
import { constants, write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BytePath } from '@duet/core';
import { ReadMode, ReadTurns } from '@duet/core/kernel/read';
import { Advice, close, EIO, errnoError, fadvise, Open } from '@duet/core/kernel/syscalls';
import { changeTimesOf, GENTLE_WRITE_BYTES, moveEntry, openName, removeEntry } from '@duet/core/kernel/write';
import { writeOut } from '../target/write-out.js';
import { giveOwnerAndMode } from './owner-and-mode.js';
import type { OwnerAndMode } from './owner-and-mode.js';

/** Names of copies among the unfinished files. */
export const COPY = /^copy-[\da-f]{24}$/;
/** Nobody has taken the name, and nobody has put a link in its place. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | Open.CLOEXEC;
/** Nobody else's until it is whole. */
const MODE = 0o600;
/** Of one copy, bytes in the cache that are not on the disk yet. */
const BEHIND_BYTES = 2 * 2 ** 20;

const writeAsync = promisify(write);

/** What a copy gets before it is moved to its place. */
export interface Kept {
  readonly mtimeNs: bigint;
  readonly ownerAndMode: OwnerAndMode;
  /** Whether rsync keeps access control lists. */
  readonly acls: boolean;
}

/**
 * A file of the target while it is made, from its beginning on, among the
 * unfinished files. What was written leaves the page cache soon, and the next
 * bytes wait for it: a slow disk slows the copying down, and fills no cache.
 */
export class UnfinishedCopy {
  readonly #folder: number;
  readonly #name: BytePath;
  readonly #fd: number;
  readonly #turns = ReadTurns.ofProcess();
  #writtenBytes = 0;
  /** Up to here it is on the disk, and has left the cache. */
  #outBytes = 0;
  #writingOut: Promise<void> | undefined;
  #hasFailed = false;

  /** `folder`: descriptor of the folder of unfinished files; stays the caller's. @throws {NodeJS.ErrnoException} */
  constructor(folder: number) {
    this.#folder = folder;
    this.#name = `copy-${randomBytes(12).toString('hex')}` as BytePath;
    this.#fd = done('openat', openName(folder, this.#name, FLAGS, MODE));
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Goes on where it ended. @throws {NodeJS.ErrnoException} */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await writeAsync(this.#fd, bytes, at, bytes.length - at, this.#writtenBytes);
      at += bytesWritten;
      this.#writtenBytes += bytesWritten;
    }
    void this.#writeOut();
    await this.#catchUp(this.#isGentle ? 0 : BEHIND_BYTES);
  }

  /**
   * Moves it to its place in another folder of the file system, over a file
   * that is there, with what is to be kept. Nothing else is asked of it then.
   *
   * @throws {NodeJS.ErrnoException}
   */
  async moveTo(folder: number, name: BytePath, { mtimeNs, ownerAndMode, acls }: Kept): Promise<void> {
    await this.#catchUp(0);
    done('futimens', changeTimesOf(this.#fd, BigInt(Date.now()) * 1_000_000n, mtimeNs));
    // After the times: who is not the owner any more may not set them.
    giveOwnerAndMode(this.#fd, ownerAndMode, acls);
    done('renameat', moveEntry(this.#folder, this.#name, folder, name));
    close(this.#fd);
  }

  /** Removes it. */
  async discard(): Promise<void> {
    await this.#writingOut;
    close(this.#fd);
    removeEntry(this.#folder, this.#name);
  }

  get #isGentle(): boolean {
    return this.#turns.mode === ReadMode.GENTLE;
  }

  /** Waits until no more than so many bytes are to be written out. */
  async #catchUp(behindBytes: number): Promise<void> {
    while (this.#writtenBytes - this.#outBytes > behindBytes) await this.#writeOut();
    if (this.#hasFailed) throw errnoError(EIO, 'sync_file_range');
  }

  /** One at a time: threads are few. */
  #writeOut(): Promise<void> {
    return (this.#writingOut ??= this.#writeOutOnce().finally(() => (this.#writingOut = undefined)));
  }

  async #writeOutOnce(): Promise<void> {
    const isGentle = this.#isGentle;
    const fromBytes = this.#outBytes;
    const bytes = Math.min(this.#writtenBytes - fromBytes, isGentle ? GENTLE_WRITE_BYTES : Infinity);
    const startMs = performance.now();
    if (!(await writeOut(this.#fd, fromBytes, bytes))) this.#hasFailed = true;
    fadvise(this.#fd, fromBytes, bytes, Advice.DONTNEED);
    this.#outBytes += bytes;
    if (isGentle) await sleep(performance.now() - startMs);
  }
}

function done(call: string, result: number): number {
  if (result < 0) throw errnoError(result, call);
  return result;
}

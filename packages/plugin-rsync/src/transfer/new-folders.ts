import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromText, Root } from '@duet/core';
import type { BytePath } from '@duet/core';
import { close, ENOENT, ENOTDIR } from '@duet/core/kernel/syscalls';
import { moveEntry } from '@duet/core/kernel/write';
import { RsyncExit } from '../command/exit-code.js';
import type { Mirror } from '../mirror.js';
import type { RsyncOptions } from '../options.js';
import { isGuarded } from './guarded.js';
import { entriesOf } from './whole-folders.js';
import type { WholeFolder } from './whole-folders.js';

/** Names of the folders, among the unfinished files, in which new ones are made. rsync's files there begin with a dot. */
export const PLACE = /^\d+$/;

/**
 * Makes folders that the target does not have: each among the unfinished
 * files, and when it is whole it is moved to its place. So its files need not
 * be made beside their names and renamed, one by one, which for small files is
 * a third of what rsync does.
 *
 * For a target that was empty: what the folders inherit from those above them
 * is then the same in either place. And for one whose top is guarded, before
 * and after it has the owner and mode of the source's: rsync would follow a
 * link in the place of the unfinished files.
 */
export class NewFolders {
  readonly #mirror: Mirror;
  readonly #target: string;
  #places = 0;
  #top: Promise<boolean> | undefined;
  #hasFailed = false;

  private constructor(mirror: Mirror, target: string) {
    this.#mirror = mirror;
    this.#target = target;
  }

  /** Undefined where the options forbid it: `--inplace` goes with neither `--partial-dir` nor, before rsync 3.1.3, `--sparse`. */
  static for(mirror: Mirror, { target, inplace, sparse, partialDir }: RsyncOptions): NewFolders | undefined {
    return target.kind !== 'local' || inplace || sparse || partialDir !== undefined ? undefined : new NewFolders(mirror, target.path);
  }

  /**
   * Makes them, with `pace` in the words of rsync; gives those that are not in
   * the target afterwards, undefined if it is not to be tried here.
   *
   * @throws {DuetError} of the rsync that sends them
   */
  async make(folders: readonly WholeFolder[], pace: readonly string[]): Promise<readonly WholeFolder[] | undefined> {
    this.#hasFailed ||= !isGuardedFolder(this.#target);
    // Of a run with a fault all is sent twice: not again and again.
    if (this.#hasFailed) return undefined;
    const { rsync, passes, unfinished } = this.#mirror;
    const place = `${this.#places++}`;
    const path = join(this.#target, unfinished, place);
    const [sent, top] = await Promise.allSettled([
      rsync.run('transfer new folders', [...pace, ...passes.newFolders(place)], { files: entriesOf(folders) }),
      (this.#top ??= this.#settleTop()),
    ]);
    try {
      this.#hasFailed ||= valueOf(sent).exitCode !== RsyncExit.DONE || !valueOf(top) || !isGuardedFolder(this.#target);
      return this.#hasFailed ? folders : this.#move(folders, path);
    } finally {
      // What cannot be removed, the last pass does.
      if (isGuardedFolder(this.#target)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Gives the target's top its mode and owner, before anything is in it. */
  async #settleTop(): Promise<boolean> {
    const { rsync, passes } = this.#mirror;
    return (await rsync.run('prepare the target', passes.top)).exitCode === RsyncExit.DONE;
  }

  #move(folders: readonly WholeFolder[], place: string): readonly WholeFolder[] {
    const from = Root.open(fromText(place));
    try {
      const to = Root.open(fromText(this.#target));
      try {
        return folders.filter((folder) => folder.hasChanged() || !this.#isMoved(from, to, folder));
      } finally {
        to.close();
      }
    } finally {
      from.close();
    }
  }

  #isMoved(from: Root, to: Root, folder: WholeFolder): boolean {
    const done = moved(from, to, folder.name);
    this.#hasFailed ||= !done;
    return done;
  }
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** Whether the folder is there, and guarded. */
function isGuardedFolder(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && isGuarded(stat);
}

/** Moves a folder to its place, with those above it as far as they are not there yet either. */
function moved(from: Root, to: Root, path: BytePath): boolean {
  const names = path.split('/') as BytePath[];
  return names.some((name, i) => {
    const failed = moveTo(from, to, names.slice(0, i).join('/') as BytePath, name);
    // What is not there has gone with another folder before.
    return failed === 0 || (failed === -ENOENT && i < names.length - 1);
  });
}

/** 0, or negative errno; -ENOENT: what is to be moved is not there. */
function moveTo(from: Root, to: Root, parent: BytePath, name: BytePath): number {
  const toFd = to.openFolder(parent);
  if (toFd < 0) return -ENOTDIR;
  try {
    const fromFd = from.openFolder(parent);
    if (fromFd < 0) return -ENOTDIR;
    try {
      return moveEntry(fromFd, name, toFd);
    } finally {
      close(fromFd);
    }
  } finally {
    close(toFd);
  }
}

import { fstatSync } from 'node:fs';
import { DuetError, fromText, Root, toDisplay } from '@duet/core';
import type { FileRef, Logger, Unit } from '@duet/core';
import { close, errnoError } from '@duet/core/kernel/syscalls';
import { splitPath } from '@duet/core/model';
import type { Mirror } from '../mirror.js';
import type { RsyncOptions } from '../options.js';
import { openOrMake } from '../target/open-or-make.js';
import type { OwnerAndMode } from './owner-and-mode.js';
import { UnfinishedCopy } from './unfinished-copy.js';
import { openUnfinished } from './unfinished-folder.js';

/** Copies at once: each takes a descriptor. The one that nothing was added to for longest gives way to another: its file may be gone, or given up. */
const MOST_COPIES = 256;
/** Read and written at once. */
const BUFFER_BYTES = 256 * 1024;
/** Bits of a mode that give anything to others than the owner. */
const OTHERS = 0o077;
/** Faults that the target's next file would meet as well. */
const FAULTS_OF_TARGET: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

/** When rsync settles a copy: soon where others cannot get at it before. */
export type Settling = 'soon' | 'later';

/** What pieces are copied with. */
export interface PieceCopyOptions {
  readonly mirror: Mirror;
  /** Resolves when the target is there, with its folder of unfinished files. */
  readonly prepared: () => Promise<void>;
  readonly read: (unit: Unit, into: Buffer) => AsyncIterable<Uint8Array>;
  /** Has rsync send the file. */
  readonly send: (file: FileRef) => Promise<void>;
  /** Has rsync settle the file, which is in its place: soon, or with what comes later. */
  readonly settle: (file: FileRef, when: Settling) => Promise<void>;
  readonly log: Logger;
}

/** How far a file is. */
interface Progress {
  /** The version in which all pieces were read. */
  readonly version: FileRef;
  /** Absent: rsync has been given the file. */
  copy: UnfinishedCopy | undefined;
  /** Whether a piece is added to the copy just now. */
  isGrowing: boolean;
}

/**
 * Copies large files of which the pieces come one after the other, where the
 * cache is too small for rsync to find a whole one in it.
 *
 * A copy that is whole, and that the source still is the version of, is moved
 * to its place, with owner and mode, and told to rsync: finding the same size
 * and time it settles these and all else that the options keep, and if anything
 * is in the way of a copy it finds none, and sends the file. So what goes wrong
 * is rsync's to tell, as of any other file.
 */
export class PieceCopies {
  readonly #target: string;
  readonly #acls: boolean;
  readonly #options: PieceCopyOptions;
  /** By number of the file. */
  readonly #files = new Map<number, Progress>();
  /** Those that have a copy; last the one that a piece was added to last. */
  readonly #copied = new Set<Progress>();
  /** Those that nothing is read into just now: new ones for each piece would add up until they are collected. */
  readonly #buffers: Buffer[] = [];
  readonly #taking = new Set<Promise<boolean>>();
  #root: Root | undefined;
  /** Descriptor of the folder of unfinished files. */
  #folder: number | undefined;
  #hasFailed = false;

  private constructor(target: string, acls: boolean, options: PieceCopyOptions) {
    this.#target = target;
    this.#acls = acls;
    this.#options = options;
  }

  /**
   * Undefined for hosts, and where the options say how the content is sent
   * (`inplace`, `sparse`, `wholeFile`, `partialDir`, `bwlimit`), that size and
   * time do not prove it (`checksum`), or that it may be another name's
   * (`hardLinks`). The rest is harmless: what files need data is rsync's word
   * already (filters, `delete…`, `modifyWindow`, `oneFileSystem`); attributes
   * (`acls`, `xattrs`, `numericIds`) rsync settles for each copy, and proves
   * them in its last pass; `fsync` is a matter of checkpoints; and others are
   * about batches and connections.
   */
  static for({ target, acls, inplace, sparse, wholeFile, partialDir, bwlimit, checksum, hardLinks }: RsyncOptions, options: PieceCopyOptions): PieceCopies | undefined {
    const isOurs = !inplace && !sparse && wholeFile !== false && partialDir === undefined && bwlimit === undefined && !checksum && !hardLinks;
    return target.kind === 'local' && isOurs ? new PieceCopies(target.path, acls, options) : undefined;
  }

  /** Takes the next piece of a file. False: it was not read here, but rsync was given all of the file. */
  async take(unit: Unit): Promise<boolean> {
    const taking = this.#take(unit);
    this.#taking.add(taking);
    try {
      return await taking;
    } finally {
      this.#taking.delete(taking);
    }
  }

  /** Removes what is not whole, once reading has ended, as that of a run does when it is aborted. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#taking);
    for (const progress of this.#copied) await this.#discard(progress);
    if (this.#folder !== undefined) close(this.#folder);
    this.#root?.close();
    this.#folder = this.#root = undefined;
  }

  async #take(unit: Unit): Promise<boolean> {
    const { file, offset } = unit;
    if (offset === 0) await this.#begin(file);
    const progress = this.#files.get(file.no);
    if (progress === undefined || (progress.copy !== undefined && progress.copy.writtenBytes !== offset)) {
      await this.#sendWhole(file);
      return false;
    }
    // All of it will be asked for again, since its pieces have to be of one version.
    if (!isSameVersion(progress.version, file)) {
      await this.#drop(file);
      return true;
    }
    if (progress.copy === undefined) return false;
    let when: Settling | undefined;
    try {
      when = await this.#add(unit, progress, progress.copy);
    } catch (error) {
      this.#noteFault(file, error);
      await this.#sendWhole(file);
      return false;
    }
    if (when !== undefined) await this.#options.settle(file, when);
    return true;
  }

  async #begin(file: FileRef): Promise<void> {
    await this.#drop(file);
    await this.#options.prepared();
    if (this.#hasFailed || !(await this.#hasRoom())) return;
    try {
      const folder = this.#openFolder();
      const progress = { version: file, copy: new UnfinishedCopy(folder), isGrowing: false };
      this.#copied.add(progress);
      this.#files.set(file.no, progress);
    } catch (error) {
      // Without the folder there is no copy at all.
      this.#hasFailed ||= this.#folder === undefined;
      this.#noteFault(file, error);
    }
  }

  /** Makes room for one more copy; false if pieces are added to all of them. */
  async #hasRoom(): Promise<boolean> {
    while (this.#copied.size >= MOST_COPIES) {
      const oldest = [...this.#copied].find(({ isGrowing }) => !isGrowing);
      if (oldest === undefined) return false;
      this.#files.delete(oldest.version.no);
      await this.#discard(oldest);
    }
    return true;
  }

  /** Adds the piece to the copy, and moves that to its place if it is whole then: undefined if it is not in its place. */
  async #add(unit: Unit, progress: Progress, copy: UnfinishedCopy): Promise<Settling | undefined> {
    const { file, offset, bytes } = unit;
    progress.isGrowing = true;
    this.#copied.delete(progress);
    this.#copied.add(progress);
    try {
      await this.#write(unit, copy);
      const isComplete = copy.writtenBytes === offset + bytes;
      if (isComplete && copy.writtenBytes < file.size) return undefined;
      const ownerAndMode = isComplete ? this.#options.mirror.ofUnchanged(file) : undefined;
      if (ownerAndMode === undefined) {
        await this.#drop(file);
        return undefined;
      }
      const when = await this.#place(copy, file, ownerAndMode);
      this.#copied.delete(progress);
      progress.copy = undefined;
      return when;
    } finally {
      progress.isGrowing = false;
    }
  }

  async #write(unit: Unit, copy: UnfinishedCopy): Promise<void> {
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      for await (const piece of this.#options.read(unit, buffer)) await copy.write(piece);
    } finally {
      this.#buffers.push(buffer);
    }
  }

  /** Soon with `acls`, and where the folder is closed to others, as those are that were just made. */
  async #place(copy: UnfinishedCopy, { path, mtimeNs }: FileRef, ownerAndMode: OwnerAndMode): Promise<Settling> {
    const [above, name] = splitPath(path);
    const folder = openOrMake(this.#root!, above);
    if (folder < 0) throw errnoError(folder, 'openat2');
    try {
      await copy.moveTo(folder, name, { mtimeNs, ownerAndMode, acls: this.#acls });
      return this.#acls || !isOpenToOthers(folder) ? 'soon' : 'later';
    } finally {
      close(folder);
    }
  }

  /** From then on the file counts as sent, whatever comes of it. */
  async #sendWhole(file: FileRef): Promise<void> {
    await this.#drop(file);
    this.#files.set(file.no, { version: file, copy: undefined, isGrowing: false });
    await this.#options.send(file);
  }

  /** Forgets the file, and what there is of its copy. */
  async #drop({ no }: FileRef): Promise<void> {
    const progress = this.#files.get(no);
    this.#files.delete(no);
    if (progress !== undefined) await this.#discard(progress);
  }

  async #discard(progress: Progress): Promise<void> {
    if (this.#copied.delete(progress)) await progress.copy?.discard();
  }

  /** After one that is not of this file alone, others are not tried. */
  #noteFault(file: FileRef, error: unknown): void {
    // What is met in reading the source is a DuetError.
    this.#hasFailed ||= !(error instanceof DuetError) && FAULTS_OF_TARGET.has((error as NodeJS.ErrnoException).code);
    this.#options.log.debug(`${toDisplay(file.path)} goes as a whole: ${String(error)}`);
  }

  /** Where nobody else may put anything in the place of a copy. */
  #openFolder(): number {
    if (this.#folder !== undefined) return this.#folder;
    this.#root ??= Root.open(fromText(this.#target));
    const folder = openUnfinished(this.#root, this.#options.mirror.unfinished);
    if (folder < 0) throw errnoError(folder, 'openat2');
    return (this.#folder = folder);
  }
}

function isOpenToOthers(folder: number): boolean {
  return (fstatSync(folder).mode & OTHERS) !== 0;
}

function isSameVersion(a: FileRef, b: FileRef): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

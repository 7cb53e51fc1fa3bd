import { DuetError, fromText, Root, toDisplay } from '@duet/core';
import type { FileRef, Logger, Unit } from '@duet/core';
import { close, EACCES, errnoError, Stat } from '@duet/core/kernel/syscalls';
import { splitPath } from '@duet/core/model';
import type { Mirror } from '../mirror.js';
import type { RsyncOptions } from '../options.js';
import { openOrMake } from '../target/open-or-make.js';
import { isGuarded } from './guarded.js';
import { UnfinishedCopy } from './unfinished-copy.js';

/** Copies at once: each takes a descriptor. */
const MOST_COPIES = 256;
/** Read and written at once. */
const BUFFER_BYTES = 2 ** 20;

/** What pieces are copied with. */
export interface PieceCopyOptions {
  readonly mirror: Mirror;
  /** Resolves when the target is there, with its folder of unfinished files. */
  readonly prepared: () => Promise<void>;
  readonly read: (unit: Unit, into: Buffer) => AsyncIterable<Uint8Array>;
  /** Has rsync settle the file, and send `bytes` of it at most: all of them where it is not in its place. */
  readonly send: (file: FileRef, bytes: number) => Promise<void>;
  readonly log: Logger;
}

/** How far a file is. */
interface Progress {
  /** The version in which all pieces were read. */
  readonly version: FileRef;
  /** Absent: rsync has been given the file. */
  copy: UnfinishedCopy | undefined;
}

/**
 * Copies large files of which the pieces come one after the other, where the
 * cache is too small for rsync to find a whole one in it.
 *
 * A copy that is whole, and that the source still is the version of, is moved
 * to its place and told to rsync: finding the same size and time it gives it
 * the mode, the owner and all else that the options keep, and if anything is
 * in the way of a copy it finds none, and sends the file. So what goes wrong
 * is rsync's to tell, as of any other file.
 */
export class PieceCopies {
  readonly #target: string;
  readonly #options: PieceCopyOptions;
  /** By number of the file. */
  readonly #files = new Map<number, Progress>();
  readonly #copies = new Set<UnfinishedCopy>();
  /** Those that nothing is read into just now: new ones for each piece would add up until they are collected. */
  readonly #buffers: Buffer[] = [];
  readonly #taking = new Set<Promise<boolean>>();
  #root: Root | undefined;
  /** Descriptor of the folder of unfinished files. */
  #folder: number | undefined;
  #hasFailed = false;

  private constructor(target: string, options: PieceCopyOptions) {
    this.#target = target;
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
  static for({ target, inplace, sparse, wholeFile, partialDir, bwlimit, checksum, hardLinks }: RsyncOptions, options: PieceCopyOptions): PieceCopies | undefined {
    const isOurs = !inplace && !sparse && wholeFile !== false && partialDir === undefined && bwlimit === undefined && !checksum && !hardLinks;
    return target.kind === 'local' && isOurs ? new PieceCopies(target.path, options) : undefined;
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
    for (const copy of this.#copies) await copy.discard();
    this.#copies.clear();
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
    try {
      if (!(await this.#isPlaced(unit, progress.copy))) return true;
    } catch (error) {
      this.#noteFault(file, error);
      await this.#sendWhole(file);
      return false;
    }
    this.#copies.delete(progress.copy);
    progress.copy = undefined;
    await this.#options.send(file, 0);
    return true;
  }

  async #begin(file: FileRef): Promise<void> {
    await this.#drop(file);
    await this.#options.prepared();
    if (this.#hasFailed || this.#copies.size >= MOST_COPIES) return;
    try {
      const copy = new UnfinishedCopy(this.#openFolder());
      this.#copies.add(copy);
      this.#files.set(file.no, { version: file, copy });
    } catch (error) {
      this.#noteFault(file, error);
    }
  }

  /** Adds the piece to the copy, and moves that to its place if it is whole then. */
  async #isPlaced(unit: Unit, copy: UnfinishedCopy): Promise<boolean> {
    const { file, offset, bytes } = unit;
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      for await (const piece of this.#options.read(unit, buffer)) await copy.write(piece);
    } finally {
      this.#buffers.push(buffer);
    }
    const isLast = offset + bytes === file.size;
    if (copy.writtenBytes !== offset + bytes || (isLast && !this.#options.mirror.isUnchanged(file))) {
      await this.#drop(file);
      return false;
    }
    if (isLast) await this.#place(copy, file);
    return isLast;
  }

  async #place(copy: UnfinishedCopy, { path, mtimeNs }: FileRef): Promise<void> {
    const [above, name] = splitPath(path);
    const folder = openOrMake(this.#root!, above);
    if (folder < 0) throw errnoError(folder, 'openat2');
    try {
      await copy.moveTo(folder, name, mtimeNs);
    } finally {
      close(folder);
    }
  }

  /** From then on the file counts as sent, whatever comes of it. */
  async #sendWhole(file: FileRef): Promise<void> {
    await this.#drop(file);
    this.#files.set(file.no, { version: file, copy: undefined });
    await this.#options.send(file, file.size);
  }

  /** Forgets the file, and what there is of its copy. */
  async #drop({ no }: FileRef): Promise<void> {
    const copy = this.#files.get(no)?.copy;
    this.#files.delete(no);
    if (copy === undefined) return;
    this.#copies.delete(copy);
    await copy.discard();
  }

  /** A fault of the target's, and not of this file: others need not be tried. */
  #noteFault(file: FileRef, error: unknown): void {
    this.#hasFailed ||= !(error instanceof DuetError);
    this.#options.log.debug(`${toDisplay(file.path)} goes as a whole: ${String(error)}`);
  }

  /** Where nobody else may put anything in the place of a copy. */
  #openFolder(): number {
    if (this.#folder !== undefined) return this.#folder;
    this.#root ??= Root.open(fromText(this.#target));
    const folder = this.#root.openFolder(fromText(this.#options.mirror.unfinished));
    if (folder < 0) throw errnoError(folder, 'openat2');
    this.#folder = folder;
    const stat = new Stat();
    const failed = stat.read(folder);
    if (failed < 0 || !isGuarded(stat)) throw errnoError(failed < 0 ? failed : -EACCES, 'statx');
    return folder;
  }
}

function isSameVersion(a: FileRef, b: FileRef): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

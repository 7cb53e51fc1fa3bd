import { fsIdentity, isUnder, joinPath, longer, relativeTo } from '../model/index.js';
import type { BytePath, FileRef, FileStat, ScannedFs } from '../model/index.js';
import { FolderTree, NO_FOLDER } from './folder-tree.js';
import { NameTable } from './name-table.js';

const NONE = -1;

/**
 * What is known of each file beside its pages: names, file system, number,
 * size and times, by slot (see `FileSlots`).
 */
export class FileIndex {
  readonly fs: ScannedFs[] = [];
  readonly folders = new FolderTree();
  readonly names = new NameTable();
  /** Number of the file system, 0: nothing is known about the slot. */
  #fsOf = new Uint16Array(1024);
  #gen = new Uint32Array(1024);
  #no = new Uint32Array(1024);
  #size = new Float64Array(1024);
  #mtimeNs = new BigInt64Array(1024);
  #ctimeNs = new BigInt64Array(1024);
  /** Whether size or times moved since the cache state was last read. */
  #moved = new Uint8Array(1024);
  /** Milliseconds since 1970 when the cache state was last read; 0: never. */
  #probedMs = new Float64Array(1024);
  /** The path that was forgotten last, of files that lost one. */
  readonly #lastPath = new Map<number, BytePath>();
  /** Identities of the file systems, subvolumes included. */
  readonly #fsNames: string[] = [];

  /** Number of the file system, given one if it is new. */
  fsNumber(fs: ScannedFs): number {
    const at = this.fs.findIndex((other) => other.statDev === fs.statDev && other.fs === fs.fs);
    if (at !== -1) {
      // It may have been mounted anew.
      this.fs[at] = fs;
      return at;
    }
    this.#fsNames.push(fsIdentity(fs));
    return this.fs.push(fs) - 1;
  }

  /** Number of a superblock's subvolume that a scan has met, or -1. */
  fsOfInode(dev: number, subvolume: number): number {
    return this.fs.findLastIndex((fs) => fs.dev === dev && fs.subvolume === subvolume);
  }

  /** Whether the slot is that file, and not another one with the same superblock and inode number. */
  is(slot: number, fs: number, gen: number): boolean {
    return this.#fsOf[slot] === fs + 1 && this.#gen[slot] === gen;
  }

  fsOf(slot: number): ScannedFs {
    return this.fs[this.#fsOf[slot] - 1];
  }

  /** Whether anything is known about the slot's file. */
  has(slot: number): boolean {
    return slot < this.#fsOf.length && this.#fsOf[slot] !== 0;
  }

  /** Forgets all names of the file. */
  dropNames(slot: number): void {
    for (let name = this.names.first(slot); name !== NONE; name = this.names.first(slot)) this.names.remove(name);
  }

  /** Sets who the file is; it has no name yet. */
  identify(slot: number, fs: number, gen: number): void {
    if (slot >= this.#size.length) this.#grow(slot);
    this.#lastPath.delete(slot);
    this.#fsOf[slot] = fs + 1;
    this.#gen[slot] = gen;
    this.#no[slot] = 0;
    this.#size[slot] = 0;
    this.#mtimeNs[slot] = 0n;
    this.#ctimeNs[slot] = 0n;
    this.#probedMs[slot] = 0;
    this.#moved[slot] = 0;
  }

  /** Nothing is known about the slot any more. */
  forget(slot: number): void {
    this.dropNames(slot);
    this.#lastPath.delete(slot);
    this.#fsOf[slot] = 0;
  }

  /** Takes note of size and times; true if they are not what they were. */
  setStat(slot: number, size: number, mtimeNs: bigint, ctimeNs: bigint): boolean {
    const moved = this.#size[slot] !== size || this.#mtimeNs[slot] !== mtimeNs || this.#ctimeNs[slot] !== ctimeNs;
    if (moved) {
      if (this.#ctimeNs[slot] !== 0n) this.#moved[slot] = 1;
      this.#size[slot] = size;
      this.#mtimeNs[slot] = mtimeNs;
      this.#ctimeNs[slot] = ctimeNs;
    }
    return moved;
  }

  stat(slot: number): FileStat {
    return { size: this.#size[slot], mtimeNs: this.#mtimeNs[slot], ctimeNs: this.#ctimeNs[slot] };
  }

  size(slot: number): number {
    return this.#size[slot];
  }

  /** The file's number in the store; 0 before it has one. */
  no(slot: number): number {
    return this.#no[slot];
  }

  setNo(slot: number, no: number): void {
    this.#no[slot] = no;
  }

  /** Whether size or times moved since the cache state was last read. */
  movedSinceProbed(slot: number): boolean {
    return this.#moved[slot] === 1;
  }

  /** When the cache state was last read, in milliseconds since 1970; 0: never. */
  probedMs(slot: number): number {
    return this.#probedMs[slot];
  }

  /** The cache state was read at that time. */
  setProbedMs(slot: number, ms: number): void {
    this.#probedMs[slot] = ms;
    this.#moved[slot] = 0;
  }

  /** Notes a name that `scan` met; gives the slot of another file that had it until now, or -1. */
  addName(slot: number, folder: number, name: BytePath, scan: number): number {
    const entry = this.names.find(folder, name);
    const holder = entry === NONE ? NONE : this.names.file(entry);
    if (holder === slot) {
      this.names.meet(entry, scan);
      return NONE;
    }
    if (entry !== NONE) this.removeName(entry);
    this.names.add(slot, folder, name, scan);
    return holder;
  }

  /** Forgets a name if it is that file's. */
  dropName(slot: number, folder: number, name: BytePath): void {
    const entry = this.names.find(folder, name);
    if (entry !== NONE && this.names.file(entry) === slot) this.removeName(entry);
  }

  /** Forgets an entry of `names`. */
  removeName(entry: number): void {
    this.#lastPath.set(this.names.file(entry), this.path(entry));
    this.names.remove(entry);
  }

  /** Whether that name is the file's. */
  holds(slot: number, folder: number, name: BytePath): boolean {
    const entry = this.names.find(folder, name);
    return entry !== NONE && this.names.file(entry) === slot;
  }

  /** Entry of `names` with this absolute path, or -1. */
  entryAt(path: BytePath): number {
    const slash = path.lastIndexOf('/');
    const folder = this.folders.find(path.slice(0, slash) as BytePath);
    return folder === NO_FOLDER ? NONE : this.names.find(folder, path.slice(slash + 1) as BytePath);
  }

  hasName(slot: number): boolean {
    return this.names.first(slot) !== NONE;
  }

  /**
   * An absolute path of the file below `folder`, undefined if it has none
   * there that `accepts`: the name that was found first, unless a later scan
   * has met only others.
   */
  pathUnder(slot: number, folder: BytePath, accepts: (path: BytePath) => boolean = () => true): BytePath | undefined {
    const { names } = this;
    let best: BytePath | undefined;
    let bestMet = -1;
    for (let entry = names.first(slot); entry !== NONE; entry = names.next(entry)) {
      if (names.met(entry) <= bestMet) continue;
      const path = this.path(entry);
      if (!isUnder(path, folder) || !accepts(path)) continue;
      best = path;
      bestMet = names.met(entry);
    }
    return best;
  }

  /** Absolute path of an entry of `names`. */
  path(entry: number): BytePath {
    return joinPath(this.folders.path(this.names.folder(entry)), this.names.name(entry));
  }

  /** The file as tasks below `root` see it. */
  ref(slot: number, ino: number, root: BytePath): FileRef {
    const fs = this.#fsOf[slot] - 1;
    return {
      id: { fs: this.#fsNames[fs], ino, gen: this.#gen[slot] },
      no: this.#no[slot],
      dev: this.fs[fs].statDev,
      path: this.#pathFrom(slot, root),
      size: this.#size[slot],
      mtimeNs: this.#mtimeNs[slot],
      ctimeNs: this.#ctimeNs[slot],
    };
  }

  /** A path of the file relative to `root`, which it may have had last; '' if it is `root` itself, or was never there. */
  #pathFrom(slot: number, root: BytePath): BytePath {
    const first = this.names.first(slot);
    if (first !== NONE && this.names.next(first) === NONE) {
      const folder = this.folders.pathFrom(this.names.folder(first), root);
      if (folder !== undefined) return joinPath(folder, this.names.name(first));
    }
    const path = this.pathUnder(slot, root) ?? this.#lastPath.get(slot);
    return path === undefined || !isUnder(path, root) ? ('' as BytePath) : relativeTo(path, root);
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, Math.ceil(this.#size.length * 1.5));
    this.#fsOf = longer(this.#fsOf, length);
    this.#gen = longer(this.#gen, length);
    this.#no = longer(this.#no, length);
    this.#size = longer(this.#size, length);
    this.#mtimeNs = longer(this.#mtimeNs, length);
    this.#ctimeNs = longer(this.#ctimeNs, length);
    this.#moved = longer(this.#moved, length);
    this.#probedMs = longer(this.#probedMs, length);
  }
}

import { columnBlock, fsIdentity, isUnder, joinPath, relativeTo, splitPath } from '../model/index.js';
import type { BytePath, Columns, FileRef, FileStat, Layout, ScannedFs } from '../model/index.js';
import { FolderTree, NO_FOLDER } from './folder-tree.js';
import { NameTable } from './name-table.js';
import { hasStat, putStat, STAT_LAYOUT, statAt } from './stat-columns.js';

const NONE = -1;

const LAYOUT = {
  /** Number of the file system and 1; 0: nothing is known about the slot. */
  fs: [Uint16Array, 1],
  gen: [Uint32Array, 1],
  no: [Uint32Array, 1],
  ...STAT_LAYOUT,
  /** Whether size or times moved since the cache state was last read. */
  moved: [Uint8Array, 1],
} as const satisfies Layout;
const COLUMNS = Object.keys(LAYOUT) as (keyof typeof LAYOUT)[];

/**
 * What is known of each file beside its pages: names, file system, number,
 * size and times, by slot (see `FileSlots`).
 */
export class FileIndex {
  readonly fs: ScannedFs[] = [];
  readonly folders = new FolderTree();
  readonly names = new NameTable();
  #columns: Columns<typeof LAYOUT> = columnBlock(LAYOUT, 1024);
  /** The path that was forgotten last, of files that lost one. */
  readonly #lastPath = new Map<number, BytePath>();
  /** Identities of the file systems, subvolumes included. */
  readonly #fsNames: string[] = [];
  /** Goes up with each change of the columns or the file systems. */
  #changes = 0;
  /** The file that was asked for last, which is often the next one as well; see `ref`. */
  #last: { readonly slot: number; readonly root: BytePath; readonly changes: number; readonly ref: FileRef } | undefined;

  /** Number of the file system, given one if it is new. */
  fsNumber(fs: ScannedFs): number {
    const at = this.fs.findIndex((other) => other.statDev === fs.statDev && other.fs === fs.fs);
    if (at !== -1) {
      // It may have been mounted anew.
      this.#changes++;
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
    return this.#columns.fs[slot] === fs + 1 && this.#columns.gen[slot] === gen;
  }

  fsOf(slot: number): ScannedFs {
    return this.fs[this.#columns.fs[slot] - 1];
  }

  /** Whether anything is known about the slot's file. */
  has(slot: number): boolean {
    return slot < this.#columns.fs.length && this.#columns.fs[slot] !== 0;
  }

  /** Forgets all names of the file. */
  dropNames(slot: number): void {
    for (let name = this.names.first(slot); name !== NONE; name = this.names.first(slot)) this.names.remove(name);
  }

  /** Sets who the file is; it has no name yet. */
  identify(slot: number, fs: number, gen: number): void {
    while (slot >= this.#columns.no.length) this.#columns = columnBlock(LAYOUT, this.#columns.no.length * 2, this.#columns);
    this.#clear(slot);
    this.#columns.fs[slot] = fs + 1;
    this.#columns.gen[slot] = gen;
  }

  /** Nothing is known about the slot any more. */
  forget(slot: number): void {
    this.dropNames(slot);
    this.#clear(slot);
  }

  /** Takes note of size and times; true if they are not what they were. */
  setStat(slot: number, size: number, mtimeNs: bigint, ctimeNs: bigint): boolean {
    const wasKnown = this.hasStat(slot);
    const moved = putStat(this.#columns, slot, size, mtimeNs, ctimeNs);
    if (moved) this.#changes++;
    if (moved && wasKnown) this.#columns.moved[slot] = 1;
    return moved;
  }

  /** Whether anybody has looked at size and times. */
  hasStat(slot: number): boolean {
    return hasStat(this.#columns, slot);
  }

  stat(slot: number): FileStat {
    return statAt(this.#columns, slot);
  }

  /** Gives the file its number in the store; 0 before it has one. */
  setNo(slot: number, no: number): void {
    this.#changes++;
    this.#columns.no[slot] = no;
  }

  /** Whether size or times moved since the cache state was last read. */
  movedSinceProbed(slot: number): boolean {
    return this.#columns.moved[slot] === 1;
  }

  /** The cache state was read. */
  probed(slot: number): void {
    if (this.#columns.moved[slot] !== 0) this.#columns.moved[slot] = 0;
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
    if (this.holds(slot, folder, name)) this.removeName(this.names.find(folder, name));
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
    const [parent, name] = splitPath(path);
    const folder = this.folders.find(parent);
    return folder === NO_FOLDER ? NONE : this.names.find(folder, name);
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
    const changes = this.#changes + this.names.changes + this.folders.changes;
    if (this.#last?.slot === slot && this.#last.root === root && this.#last.changes === changes) return this.#last.ref;
    const ref = this.#newRef(slot, ino, root);
    this.#last = { slot, root, changes, ref };
    return ref;
  }

  #newRef(slot: number, ino: number, root: BytePath): FileRef {
    const fs = this.#columns.fs[slot] - 1;
    const { size, mtimeNs, ctimeNs } = this.stat(slot);
    return {
      id: { fs: this.#fsNames[fs], ino, gen: this.#columns.gen[slot] },
      no: this.#columns.no[slot],
      dev: this.fs[fs].statDev,
      path: this.#pathFrom(slot, root),
      size, mtimeNs, ctimeNs,
    };
  }

  #clear(slot: number): void {
    this.#changes++;
    this.#lastPath.delete(slot);
    // Nothing was known: all of it is zero.
    if (this.#columns.fs[slot] === 0) return;
    for (const name of COLUMNS) if (this.#columns[name][slot] !== 0) this.#columns[name][slot] = 0;
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
}

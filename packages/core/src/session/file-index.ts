import { fsIdentity, isUnder, joinPath, longer, relativeTo } from '../model/index.js';
import type { BytePath, FileRef, FileStat, ScannedFs } from '../model/index.js';

/** One of a file's names. */
interface Name {
  readonly folder: number;
  readonly name: BytePath;
}

/**
 * What is known of each file beside its pages: names, file system, number,
 * size and times, by slot (see `FileSlots`).
 *
 * Folders are kept once; a file's first name costs a number and a string,
 * further ones (hard links) stand in a map.
 */
export class FileIndex {
  readonly fs: ScannedFs[] = [];
  readonly #fsOf: number[] = [];
  readonly #gen: number[] = [];
  readonly #no: number[] = [];
  #size = new Float64Array(1024);
  #mtimeNs = new BigInt64Array(1024);
  #ctimeNs = new BigInt64Array(1024);
  /** Whether size or times moved since the cache state was last read. */
  #moved = new Uint8Array(1024);
  /** Milliseconds since 1970 when the cache state was last read; 0: never. */
  #probedMs = new Float64Array(1024);
  readonly #folderOf: number[] = [];
  readonly #name: (BytePath | undefined)[] = [];
  readonly #links = new Map<number, Name[]>();
  readonly #folders: BytePath[] = [];
  readonly #folderNumbers = new Map<BytePath, number>();
  /** Root to folder number to the folder's path from there, null if it is not under it. */
  readonly #relative = new Map<BytePath, (BytePath | null)[]>();
  /** Identities of the file systems, subvolumes included. */
  readonly #fsNames: string[] = [];

  /** Number of the file system, given one if it is new. */
  fsNumber(fs: ScannedFs): number {
    const at = this.fs.findIndex((other) => other.statDev === fs.statDev && other.fs === fs.fs);
    if (at !== -1) return at;
    this.#fsNames.push(fsIdentity(fs));
    return this.fs.push(fs) - 1;
  }

  /** Number of the folder at an absolute path. */
  folderNumber(path: BytePath): number {
    let number = this.#folderNumbers.get(path);
    if (number === undefined) {
      number = this.#folders.push(path) - 1;
      this.#folderNumbers.set(path, number);
    }
    return number;
  }

  /** Whether the slot is that file, and not another one with the same superblock and inode number. */
  is(slot: number, fs: number, gen: number): boolean {
    return this.#fsOf[slot] === fs && this.#gen[slot] === gen;
  }

  fsOf(slot: number): ScannedFs {
    return this.fs[this.#fsOf[slot]];
  }

  /** Whether anything is known about the slot's file. */
  has(slot: number): boolean {
    return this.#fsOf[slot] !== undefined;
  }

  /** Sets who the file is; forgets the names of a predecessor in the same slot. */
  identify(slot: number, fs: number, gen: number, no: number): void {
    if (slot >= this.#size.length) this.#grow(slot);
    this.#fsOf[slot] = fs;
    this.#gen[slot] = gen;
    this.#no[slot] = no;
    this.#name[slot] = undefined;
    this.#links.delete(slot);
    this.#size[slot] = 0;
    this.#mtimeNs[slot] = 0n;
    this.#ctimeNs[slot] = 0n;
    this.#probedMs[slot] = 0;
    this.#moved[slot] = 0;
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

  no(slot: number): number {
    return this.#no[slot];
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

  addName(slot: number, folder: number, name: BytePath): void {
    const first = this.#name[slot];
    if (first === undefined) {
      this.#folderOf[slot] = folder;
      this.#name[slot] = name;
      return;
    }
    if (this.#folderOf[slot] === folder && first === name) return;
    const links = this.#links.get(slot);
    if (links === undefined) this.#links.set(slot, [{ folder, name }]);
    else if (!links.some((link) => link.folder === folder && link.name === name)) links.push({ folder, name });
  }

  /** Forgets a name that the file no longer has; true if it has others. */
  dropName(slot: number, path: BytePath): boolean {
    return this.#keepNames(slot, (name) => name !== path);
  }

  /** Forgets all names below `folder`, before a scan finds those that there are. */
  dropNamesUnder(slot: number, folder: BytePath): void {
    if (this.#name[slot] !== undefined) this.#keepNames(slot, (name) => !isUnder(name, folder));
  }

  /** An absolute path of the file below `folder`, preferring the first name found; undefined if it has none there. */
  pathUnder(slot: number, folder: BytePath): BytePath | undefined {
    const first = this.#name[slot];
    if (first === undefined) return undefined;
    const path = this.#join({ folder: this.#folderOf[slot], name: first });
    if (isUnder(path, folder)) return path;
    for (const link of this.#links.get(slot) ?? []) {
      const other = this.#join(link);
      if (isUnder(other, folder)) return other;
    }
    return undefined;
  }

  /** The file as tasks below `root` see it. */
  ref(slot: number, ino: number, root: BytePath): FileRef {
    const fs = this.#fsOf[slot];
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

  /** A path of the file relative to `root`; '' if it is `root` itself, or has no name there. */
  #pathFrom(slot: number, root: BytePath): BytePath {
    const name = this.#name[slot];
    const folder = name === undefined ? undefined : this.#folderFrom(this.#folderOf[slot], root);
    if (name !== undefined && folder !== undefined) return joinPath(folder, name);
    const path = this.pathUnder(slot, root);
    return path === undefined ? ('' as BytePath) : relativeTo(path, root);
  }

  /** The folder's path relative to `root`, undefined if it is not under it; looked up once for each. */
  #folderFrom(folder: number, root: BytePath): BytePath | undefined {
    let known = this.#relative.get(root);
    if (known === undefined) this.#relative.set(root, (known = []));
    let path = known[folder];
    if (path === undefined) {
      const absolute = this.#folders[folder];
      path = isUnder(absolute, root) ? relativeTo(absolute, root) : null;
      known[folder] = path;
    }
    return path ?? undefined;
  }

  #keepNames(slot: number, keep: (path: BytePath) => boolean): boolean {
    const names = this.#names(slot).filter((name) => keep(this.#join(name)));
    this.#name[slot] = undefined;
    this.#links.delete(slot);
    for (const { folder, name } of names) this.addName(slot, folder, name);
    return names.length > 0;
  }

  #names(slot: number): Name[] {
    const first = this.#name[slot];
    if (first === undefined) return [];
    return [{ folder: this.#folderOf[slot], name: first }, ...(this.#links.get(slot) ?? [])];
  }

  #join(name: Name): BytePath {
    const folder = this.#folders[name.folder];
    return name.name === '' ? folder : joinPath(folder, name.name);
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, this.#size.length * 2);
    this.#size = longer(this.#size, length);
    this.#mtimeNs = longer(this.#mtimeNs, length);
    this.#ctimeNs = longer(this.#ctimeNs, length);
    this.#moved = longer(this.#moved, length);
    this.#probedMs = longer(this.#probedMs, length);
  }
}

import { isUnder, joinPath, relativeTo } from '../model/index.js';
import type { BytePath, Inode } from '../model/index.js';

/** Number of no folder. */
export const NO_FOLDER = -1;
const ROOT = 0;

interface Folder {
  parent: number;
  name: BytePath;
  /** Folders in it, once there are any. */
  inside: Set<number> | undefined;
  /** Scan that met it last. */
  met: number;
  /** Superblock and inode, once a scan or an event told. */
  identity: { readonly dev: number; readonly inode: Inode } | undefined;
}

/**
 * Folders by number, as a tree: one that is renamed keeps its number, and all
 * below it come along.
 *
 * A folder is a place in the tree of names: one inode seen through several
 * mounts is several folders.
 */
export class FolderTree {
  readonly #folders: (Folder | undefined)[] = [{ parent: NO_FOLDER, name: '' as BytePath, inside: undefined, met: 0, identity: undefined }];
  readonly #free: number[] = [];
  /** `parent/name` to number. */
  readonly #children = new Map<string, number>();
  /** Superblock to inode number to the folders that show it. */
  readonly #views = new Map<number, Map<number, number[]>>();
  /** Absolute paths that were asked for, until something moves. */
  readonly #paths: (BytePath | undefined)[] = ['/' as BytePath];
  /** Root to folder number to the folder's path from there, null if it is not under it. */
  readonly #relative = new Map<BytePath, (BytePath | null | undefined)[]>();

  /** Goes up with each change of a folder's path. */
  changes = 0;

  /** Number of the folder at an absolute path; folders on the way there are made. */
  at(path: BytePath): number {
    let folder = ROOT;
    for (const name of path.split('/')) if (name !== '') folder = this.child(folder, name as BytePath);
    return folder;
  }

  /** Number of the folder at an absolute path, or `NO_FOLDER`. */
  find(path: BytePath): number {
    let folder = ROOT;
    for (const name of path.split('/')) if (name !== '' && folder !== NO_FOLDER) folder = this.childOf(folder, name as BytePath);
    return folder;
  }

  /** Number of a folder in another one, made if it is new. */
  child(parent: number, name: BytePath): number {
    const known = this.childOf(parent, name);
    if (known !== NO_FOLDER) return known;
    const folder = this.#free.pop() ?? this.#folders.length;
    this.#folders[folder] = { parent, name, inside: undefined, met: 0, identity: undefined };
    this.#enter(parent, folder);
    this.#paths[folder] = undefined;
    for (const paths of this.#relative.values()) paths[folder] = undefined;
    this.#children.set(key(parent, name), folder);
    return folder;
  }

  /** Number of a folder in another one, or `NO_FOLDER`. */
  childOf(parent: number, name: BytePath): number {
    return this.#children.get(key(parent, name)) ?? NO_FOLDER;
  }

  parent(folder: number): number {
    return this.#of(folder).parent;
  }

  /** Number of the youngest scan that met the folder: several go on at the same time. */
  met(folder: number): number {
    return this.#of(folder).met;
  }

  meet(folder: number, scan: number): void {
    const it = this.#of(folder);
    it.met = Math.max(it.met, scan);
  }

  /** Says which inode the folder is. */
  identify(folder: number, dev: number, inode: Inode): void {
    if (this.shows(folder, dev, inode)) return;
    this.#unidentify(folder);
    this.#of(folder).identity = { dev, inode };
    let inodes = this.#views.get(dev);
    if (inodes === undefined) this.#views.set(dev, (inodes = new Map<number, number[]>()));
    const views = inodes.get(inode.ino);
    if (views === undefined) inodes.set(inode.ino, [folder]);
    else views.push(folder);
  }

  /** Whether the folder is known to be that inode. */
  shows(folder: number, dev: number, inode: Inode): boolean {
    const identity = this.#folders[folder]?.identity;
    return identity !== undefined && identity.dev === dev && identity.inode.ino === inode.ino && identity.inode.subvolume === inode.subvolume;
  }

  /** The folders that show an inode. */
  views(dev: number, inode: Inode): number[] {
    return (this.#views.get(dev)?.get(inode.ino) ?? []).filter((folder) => this.shows(folder, dev, inode));
  }

  /** Gives the folder another name or parent. What was there under that name must be gone. */
  move(folder: number, parent: number, name: BytePath): void {
    this.changes++;
    const moved = this.#of(folder);
    this.#children.delete(key(moved.parent, moved.name));
    this.#of(moved.parent).inside?.delete(folder);
    this.#enter(parent, folder);
    moved.parent = parent;
    moved.name = name;
    this.#children.set(key(parent, name), folder);
    this.#paths.length = 1;
    this.#relative.clear();
  }

  /** The folder and all below it. */
  subtree(folder: number): Set<number> {
    const all = new Set([folder]);
    // A set hands out what is added while it is walked.
    for (const at of all) for (const inside of this.#of(at).inside ?? []) all.add(inside);
    return all;
  }

  /** Whether `folder` is `other`, or below it. */
  isWithin(folder: number, other: number): boolean {
    let at = folder;
    while (at !== other && at !== NO_FOLDER) at = this.#of(at).parent;
    return at === other;
  }

  /** Forgets folders, with all that is below them; their numbers may be given to others. */
  drop(folders: Iterable<number>): void {
    this.changes++;
    for (const folder of folders) {
      const dropped = this.#folders[folder];
      if (folder === ROOT || dropped === undefined) continue;
      this.#unidentify(folder);
      this.#children.delete(key(dropped.parent, dropped.name));
      this.#folders[dropped.parent]?.inside?.delete(folder);
      this.#folders[folder] = undefined;
      this.#free.push(folder);
    }
  }

  /** Absolute path. */
  path(folder: number): BytePath {
    const unknown: number[] = [];
    let at = folder;
    for (; this.#paths[at] === undefined; at = this.#of(at).parent) unknown.push(at);
    let path = this.#paths[at] as BytePath;
    for (const below of unknown.reverse()) this.#paths[below] = path = joinPath(path, this.#of(below).name);
    return path;
  }

  /** Path from `root`, undefined if the folder is not under it; looked up once for each. */
  pathFrom(folder: number, root: BytePath): BytePath | undefined {
    let known = this.#relative.get(root);
    if (known === undefined) this.#relative.set(root, (known = []));
    let path = known[folder];
    if (path === undefined) {
      const absolute = this.path(folder);
      path = isUnder(absolute, root) ? relativeTo(absolute, root) : null;
      known[folder] = path;
    }
    return path ?? undefined;
  }

  #enter(parent: number, folder: number): void {
    (this.#of(parent).inside ??= new Set()).add(folder);
  }

  #unidentify(folder: number): void {
    const known = this.#of(folder);
    if (known.identity === undefined) return;
    const { dev, inode } = known.identity;
    known.identity = undefined;
    const inodes = this.#views.get(dev);
    const others = (inodes?.get(inode.ino) ?? []).filter((view) => view !== folder);
    if (others.length > 0) inodes?.set(inode.ino, others);
    else inodes?.delete(inode.ino);
  }

  #of(folder: number): Folder {
    const known = this.#folders[folder];
    if (known === undefined) throw new RangeError(`there is no folder ${folder}`);
    return known;
  }
}

/** A name holds no slash, so that it can't be mistaken. */
function key(parent: number, name: BytePath): string {
  return `${parent}/${name}`;
}

import { fromBytes } from '@duet/core';
import { splitPath } from '@duet/core/model';
import type { BytePath, Root } from '@duet/core';
import { close, EntryType, FolderEntries, Stat } from '@duet/core/kernel/syscalls';
import { isGuarded } from './guarded.js';

/** Of fewer files it is not worth it to look into their folder. */
const MIN_FILES = 8;
/** A folder that changed so shortly before may change again under the same time, on whatever file system it is, in milliseconds. */
const SETTLED_MS = 3000;

/** A folder of which all that is in it is to be sent. */
export interface WholeFolder {
  readonly name: BytePath;
  readonly files: readonly BytePath[];
  /** Whether it is no longer what it was when the list was made: which files rsync met is not known. */
  hasChanged(): boolean;
}

/** What a list for rsync has of some files. */
export interface FileList {
  /** Those that go by their own names. */
  readonly files: readonly BytePath[];
  /** Those that stand for all that is in them. */
  readonly folders: readonly WholeFolder[];
}

/** Folders as rsync takes them on a list: with a slash at the end they stand for what is in them. */
export function entriesOf(folders: readonly WholeFolder[]): BytePath[] {
  return folders.map(({ name }) => `${name}/` as BytePath);
}

/**
 * Puts the name of a folder in the place of its files where these are all that
 * is in it. rsync reads a list byte by byte, two calls of the system each, and
 * looks up each name twice: for small files that is a third of its work.
 *
 * rsync follows a link that somebody puts in the folder's place meanwhile, so
 * this is only done where the folder and those above it are guarded.
 */
export class WholeFolders {
  readonly #root: Root;
  readonly #nowMs: () => number;
  readonly #entries = new FolderEntries();
  readonly #stat = new Stat();
  /** Whether nobody else may put something else in a folder's place; of the list that is made. */
  readonly #guarded = new Map<BytePath, boolean>();

  /** `nowMs` tells milliseconds since 1970. */
  constructor(root: Root, nowMs: () => number) {
    this.#root = root;
    this.#nowMs = nowMs;
  }

  list(files: readonly BytePath[]): FileList {
    this.#guarded.clear();
    const single: BytePath[] = [];
    const folders: WholeFolder[] = [];
    for (const [name, own] of byFolder(files)) {
      const version = name === '' || own.length < MIN_FILES ? undefined : this.#versionIfAll(name, own);
      if (version === undefined) single.push(...own);
      else folders.push({ name, files: own, hasChanged: () => this.#version(name) !== version });
    }
    return { files: single, folders };
  }

  /** The folder's version, if these files are all that is in it, and it has settled. */
  #versionIfAll(folder: BytePath, files: readonly BytePath[]): string | undefined {
    if (!this.#isGuarded(folder)) return undefined;
    return this.#open(folder, (fd) => {
      const ctimeMs = Number(this.#stat.ctimeNs / 1_000_000n);
      const version = this.#readVersion();
      return Math.abs(this.#nowMs() - ctimeMs) > SETTLED_MS && this.#holdsOnly(fd, folder, new Set(files)) ? version : undefined;
    });
  }

  #isGuarded(folder: BytePath): boolean {
    let guarded = this.#guarded.get(folder);
    if (guarded === undefined) {
      guarded = this.#open(folder, () => isGuarded(this.#stat)) === true;
      if (guarded && folder !== '') guarded = this.#isGuarded(splitPath(folder)[0]);
      this.#guarded.set(folder, guarded);
    }
    return guarded;
  }

  #holdsOnly(fd: number, folder: BytePath, files: ReadonlySet<BytePath>): boolean {
    let count = 0;
    for (let got = this.#entries.read(fd); got !== 0; got = this.#entries.read(fd)) {
      if (got < 0) return false;
      for (let i = 0; i < this.#entries.count; i++) {
        const type = this.#entries.type(i);
        if (type !== EntryType.REGULAR || !files.has(`${folder}/${fromBytes(this.#entries.name(i))}` as BytePath)) return false;
      }
      count += this.#entries.count;
    }
    return count === files.size;
  }

  #version(folder: BytePath): string | undefined {
    return this.#open(folder, () => this.#readVersion());
  }

  #readVersion(): string {
    const { dev, exactIno, ctimeNs } = this.#stat;
    return `${dev} ${exactIno} ${ctimeNs}`;
  }

  /** Calls back with the folder open and looked at; undefined if it is none any more. */
  #open<T>(folder: BytePath, then: (fd: number) => T): T | undefined {
    const fd = this.#root.openFolder(folder);
    if (fd < 0) return undefined;
    try {
      return this.#stat.read(fd) === 0 ? then(fd) : undefined;
    } finally {
      close(fd);
    }
  }
}

function byFolder(files: readonly BytePath[]): Map<BytePath, BytePath[]> {
  const folders = new Map<BytePath, BytePath[]>();
  for (const file of files) {
    const folder = splitPath(file)[0];
    const own = folders.get(folder);
    if (own === undefined) folders.set(folder, [file]);
    else own.push(file);
  }
  return folders;
}

import { Excludes } from '@duet/core/kernel/excludes';
import type { Root } from '@duet/core/kernel/read';
import { Stat } from '@duet/core/kernel/syscalls';
import { splitPath } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { PathPatterns } from './path-patterns.js';
import { FolderTags } from './folder-tags.js';
import type { FolderTag } from './folder-tags.js';

/** What is left out. */
export interface SelectionOptions {
  /** Patterns of files and folders. */
  readonly exclude: readonly string[];
  /** Globs of the run, for all its tasks. */
  readonly runExclude: readonly string[];
  /** Files that have what lies beside them left out. */
  readonly tags: readonly FolderTag[];
  /** Whether what lies on other file systems is left out, but for the folders that they are mounted on. */
  readonly oneFileSystem: boolean;
  /** Devices of file systems that hold no data: what is on them is left out in any case. */
  readonly pseudoDevs: readonly number[];
}

/** Folders whose answer is remembered. */
const REMEMBERED = 10_000;

/** What a backup takes and what it leaves out: the same for files that are to be read and for the lists of folders. */
export class Selection {
  readonly #root: Root;
  readonly #exclude: PathPatterns;
  readonly #runExclude: Excludes;
  readonly #tags: FolderTags;
  /** `st_dev` of the file system that is not to be left; undefined: any may be. */
  readonly #dev: number | undefined;
  readonly #pseudoDevs: ReadonlySet<number>;
  /** Whether no name is left out. */
  readonly takesAllNames: boolean;
  readonly #folders = new Map<BytePath, boolean>();

  constructor(root: Root, { exclude, runExclude, tags, oneFileSystem, pseudoDevs }: SelectionOptions) {
    this.#root = root;
    this.#exclude = new PathPatterns(exclude);
    this.#runExclude = new Excludes(runExclude);
    this.#tags = new FolderTags(root, tags);
    this.takesAllNames = this.#exclude.isEmpty && this.#runExclude.isEmpty && this.#tags.isEmpty;
    this.#pseudoDevs = new Set(pseudoDevs);
    const stat = new Stat();
    if (oneFileSystem && stat.read(root.fd) === 0) this.#dev = stat.dev;
  }

  /** Whether the entry at `path`, relative to the root, is taken as far as its name says, if its folder is; the root itself always is. */
  takesName(path: BytePath): boolean {
    if (path === '' || this.takesAllNames) return true;
    const [folder, name] = splitPath(path);
    if (this.#exclude.match(this.#root.absolute(path)) || this.#runExclude.has(path, name)) return false;
    const tag = this.#tags.in(folder);
    return tag === undefined || tag === name;
  }

  /** Whether files, or what is in a folder, of that device are taken: an `st_dev` in the kernel's encoding. */
  enters(dev: number): boolean {
    return (this.#dev === undefined || this.#dev === dev) && !this.#pseudoDevs.has(dev);
  }

  /** Whether a file is taken: itself, and the folders on the way to it. */
  takesFile(path: BytePath, dev: number): boolean {
    return path === '' || (this.enters(dev) && this.takesName(path) && this.#takesFolder(splitPath(path)[0]));
  }

  #takesFolder(folder: BytePath): boolean {
    if (folder === '' || this.takesAllNames) return true;
    let answer = this.#folders.get(folder);
    if (answer === undefined) {
      if (this.#folders.size >= REMEMBERED) this.#folders.clear();
      answer = this.takesName(folder) && this.#takesFolder(splitPath(folder)[0]);
      this.#folders.set(folder, answer);
    }
    return answer;
  }
}

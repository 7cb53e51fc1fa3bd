import { closeSync, fstatSync, openSync } from 'node:fs';
import { Random } from '../../tree/random.js';

/** A folder of the workload; a renamed one takes all below it along. */
export interface Folder {
  parent: Folder | undefined;
  name: string;
  readonly watched: boolean;
}

/** A name of a file that this process owns. */
export interface OwnFile {
  folder: Folder;
  name: string;
}

/** A file that stays open over several operations; `path` is where it was opened. */
export interface HeldFile {
  readonly fd: number;
  readonly path: string;
}

export function folderPath(folder: Folder): string {
  return folder.parent === undefined ? folder.name : `${folderPath(folder.parent)}/${folder.name}`;
}

export function filePath(file: OwnFile): string {
  return `${folderPath(file.folder)}/${file.name}`;
}

/** What one workload process knows of its files, and the random choices it makes. */
export class World {
  readonly random: Random;
  readonly files: OwnFile[] = [];
  readonly held: HeldFile[] = [];
  /** Large sparse files that all processes read and write. */
  readonly shared: readonly string[];
  /** Folders that stay where they are: below the watched path, and elsewhere. */
  readonly watched: readonly Folder[];
  readonly outside: readonly Folder[];
  /** Folders of its own, which it renames. */
  readonly folders: Folder[] = [];
  /** What the operation under way does, for the history. */
  #doing: string[] = [];
  readonly #prefix: string;
  #names = 0;

  constructor(options: { seed: number; worker: number; watched: readonly string[]; outside: readonly string[]; shared: readonly string[] }) {
    this.random = new Random(options.seed * 1000 + options.worker);
    this.#prefix = `w${options.worker}`;
    this.shared = options.shared;
    this.watched = options.watched.map((name) => ({ parent: undefined, name, watched: true }));
    this.outside = options.outside.map((name) => ({ parent: undefined, name, watched: false }));
  }

  /** Notes what the operation does. */
  note(...what: readonly (string | number)[]): void {
    this.#doing.push(...what.map(String));
  }

  /** What was noted since the last call. */
  takeNotes(): string {
    const notes = this.#doing.join(' ');
    this.#doing = [];
    return notes;
  }

  newName(kind: string): string {
    this.#names += 1;
    return `${this.#prefix}-${kind}-${this.#names}`;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)];
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  /** A whole number from 1 to `limit`, small ones as likely as large ones by order of magnitude. */
  size(limit: number): number {
    return Math.max(1, Math.floor(limit ** this.random.next()));
  }

  /** A folder to put something in, in the watched path or not. */
  folder(watched: boolean): Folder {
    const own = this.folders.filter((folder) => folder.watched === watched);
    return this.pick([...(watched ? this.watched : this.outside), ...own]);
  }

  /** Opens a file, notes who it is, and closes it afterwards. */
  withFile<T>(path: string, flags: string | number, use: (fd: number, size: number) => T): T {
    const fd = openSync(path, flags);
    try {
      const stat = fstatSync(fd);
      this.note(path, `ino=${stat.ino}`);
      return use(fd, stat.size);
    } finally {
      closeSync(fd);
    }
  }

  /** Opens one of the process's own files, or now and then a shared one. */
  withAny<T>(flags: string | number, use: (fd: number, size: number) => T): T {
    const shared = this.files.length === 0 || this.chance(0.1);
    return this.withFile(shared ? this.pick(this.shared) : filePath(this.pick(this.files)), flags, use);
  }

  /** A range in a file, or a little behind its end. */
  range(size: number, limit: number): { offset: number; length: number } {
    const offset = this.random.below(Math.max(1, size + (this.chance(0.1) ? 65536 : 0)));
    return { offset, length: this.size(limit) };
  }

  /** As `range`, in whole pages; at least one. */
  pageRange(size: number, limit: number): { offset: number; length: number } {
    const { offset, length } = this.range(size, limit);
    return { offset: Math.floor(offset / 4096) * 4096, length: Math.ceil(length / 4096) * 4096 };
  }
}

import { openEntry } from '@duet/core/kernel/read';
import { close, CString, EACCES, ELOOP, ENOENT, ENOTDIR, errnoName, Open, openat, Stat } from '@duet/core/kernel/syscalls';
import type { BytePath } from '@duet/core/model';
import type { Selection } from '../select/selection.js';
import type { BareFiles } from './bare-files.js';
import type { MetadataReader } from './metadata.js';
import type { Metadata } from './node.js';
import type { MetFile } from './tree-messages.js';

/** What opening an entry gives that is not there any more, or something else by now. */
export const GONE: ReadonlySet<number> = new Set([-ENOENT, -ENOTDIR, -ELOOP]);

/** An entry of a folder. */
export interface Entry {
  readonly name: BytePath;
  readonly metadata: Metadata;
  /** `st_dev`, kernel encoding. */
  readonly dev: number;
  /** Set for a regular file. */
  readonly file: MetFile | undefined;
  /** Whether it was asked for its extended attributes; else `metadata` has none. */
  readonly wasOpened: boolean;
  /** Whether it was found to have no extended attributes, and has none as long as its ctime stays. */
  readonly isBare: boolean;
}

/** What an `EntryLook` works with. */
export interface EntryLookOptions {
  readonly metadata: MetadataReader;
  readonly selection: Pick<Selection, 'enters'>;
  readonly bareFiles: BareFiles;
  /** Is told what could not be looked at. */
  readonly problem: (path: BytePath, operation: string, errno: string) => void;
}

/**
 * Looks at entries of open folders, and follows no link. Both ways give
 * undefined for what is left out, and for what is gone.
 */
export class EntryLook {
  readonly #options: EntryLookOptions;
  readonly #stat = new Stat();
  readonly #name = new CString();

  constructor(options: EntryLookOptions) {
    this.#options = options;
  }

  /** Looks at the name of a regular file only, which takes a quarter of the time; at what turns out to be something else as `open` does. `path` is relative to the root. */
  atName(folder: number, path: BytePath, name: BytePath): Entry | undefined {
    const { metadata } = this.#options;
    const stat = this.#stat;
    const failed = stat.readAt(folder, this.#name.put(name));
    if (failed < 0) return this.#failed(path, failed);
    if (!stat.isRegular) return this.open(folder, path, name, false);
    return this.#isTaken(path) ? { name, metadata: metadata.ofBareFile(stat), dev: stat.dev, file: fileOf(path, stat), wasOpened: false, isBare: false } : undefined;
  }

  /** Opens an entry and looks at all that is to be known of it. A regular file is opened for reading where it may be: that takes less to ask for its attributes. */
  open(folder: number, path: BytePath, name: BytePath, isRegular: boolean): Entry | undefined {
    const address = this.#name.put(name);
    const opened = isRegular ? openEntry(folder, address) : -EACCES;
    const isPath = opened < 0;
    const fd = isPath ? openat(folder, address, Open.PATH | Open.NOFOLLOW | Open.CLOEXEC) : opened;
    if (fd < 0) return this.#failed(path, fd);
    try {
      const stat = this.#stat;
      stat.read(fd);
      return this.#isTaken(path) ? this.#opened(fd, path, name, isPath) : undefined;
    } finally {
      close(fd);
    }
  }

  #opened(fd: number, path: BytePath, name: BytePath, isPath: boolean): Entry | undefined {
    const { metadata, bareFiles, problem } = this.#options;
    const stat = this.#stat;
    const read = metadata.read(fd, stat, isPath);
    if (typeof read === 'string') problem(path, 'read the attributes', read);
    if (read === undefined || typeof read === 'string') return undefined;
    const isFile = read.type === 'file';
    // Asked anew: it may have some that could not be read.
    const isBare = isFile && read.extendedAttributes.length === 0 && bareFiles.has(fd, stat);
    return { name, metadata: read, dev: stat.dev, file: isFile ? fileOf(path, stat) : undefined, wasOpened: true, isBare };
  }

  /** Whether what `stat` is about lies where the backup goes; folders on other file systems are taken as empty ones. */
  #isTaken(path: BytePath): boolean {
    return path === '' || this.#stat.isFolder || this.#options.selection.enters(this.#stat.dev);
  }

  #failed(path: BytePath, errno: number): undefined {
    if (!GONE.has(errno)) this.#options.problem(path, 'look at the entry', errnoName(errno));
  }
}

function fileOf(path: BytePath, stat: Stat): MetFile {
  return { path, ino: stat.ino, statDev: stat.dev, size: stat.size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs };
}

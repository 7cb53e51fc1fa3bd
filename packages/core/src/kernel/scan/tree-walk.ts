import { errnoName, close, CString, EACCES, ELOOP, ENOENT, ENOTDIR, EntryType, FolderEntries, Open, Stat } from '../syscalls/index.js';
import { fromBytes, joinPath, pagesOf, splitPath, toBytes } from '../../model/index.js';
import type { BytePath, FoundFolder, ScanOptions } from '../../model/index.js';
import { openEntry } from '../read/open-beneath.js';
import type { Root } from '../read/root.js';
import type { BatchBuilder } from './batch-builder.js';
import { monotonicNs } from './clock.js';
import { Excludes } from './excludes.js';
import { FileLook } from './file-look.js';
import { FsDescriptions, FsTable } from './fs-table.js';
import type { FsEntry } from './fs-table.js';

/** Folders on the way down that are kept open; the others are found again through `..`. */
const OPEN_FOLDERS_MAX = 64;

/** A folder between the scanned path and where the walk is. */
interface Frame {
  /** -1 while it is not open. */
  fd: number;
  readonly no: number;
  readonly path: BytePath;
  readonly fs: FsEntry;
  readonly ino: number;
  /** Its entries are being read; its subfolders come afterwards. */
  reading: boolean;
  readonly subfolders: BytePath[];
}

/** The folder that a walk starts in, when it does not start with the path itself. */
interface Start {
  readonly path: BytePath;
  readonly fd: number;
  readonly fs: FsEntry | 'pseudo';
}

/**
 * Walks a path depth first, one batch at a time: files of a folder, then its
 * subfolders. Goes from descriptor to descriptor, so that a folder swapped for
 * a symbolic link does not lead it elsewhere. What vanishes meanwhile is left
 * out; folders that may not be read become problems.
 */
export class TreeWalk {
  readonly #root: Root;
  readonly #options: ScanOptions;
  readonly #excludes: Excludes;
  readonly #fsTable: FsTable;
  readonly #entries = new FolderEntries();
  readonly #look = new FileLook();
  readonly #stat = new Stat();
  readonly #cString = new CString();
  /** Name of the path where it is a file: kept, since the kernel is given its address. */
  readonly #fileName = new CString();
  readonly #frames: Frame[] = [];
  /** Where the walk has yet to start from. */
  readonly #starts: BytePath[];
  /** Folders on the way to where it starts, by path. */
  readonly #outer = new Map<BytePath, number>();
  /** The folder that the last start was in. */
  #from: Start | undefined;
  #folderCount = 0;
  #entry = 0;

  constructor(root: Root, options: ScanOptions, descriptions = new FsDescriptions()) {
    this.#root = root;
    this.#options = options;
    this.#excludes = new Excludes(options.exclude ?? []);
    this.#fsTable = new FsTable(descriptions);
    this.#starts = [...(options.from ?? ['' as BytePath])].reverse();
  }

  get fsTable(): FsTable {
    return this.#fsTable;
  }

  /** Walks on until `batch` is full; false when there is nothing left. `stopped` is asked for each entry. */
  advance(batch: BatchBuilder, stopped: () => boolean): boolean {
    for (;;) {
      const nowNs = monotonicNs();
      if (batch.isFull(nowNs) || stopped()) return true;
      const frame = this.#frames.at(-1);
      if (frame === undefined) {
        const start = this.#starts.pop();
        if (start === undefined) return false;
        this.#start(start, batch, nowNs);
      } else if (frame.reading) this.#readOn(frame, batch, nowNs);
      else if (frame.subfolders.length > 0) this.#enter(frame, frame.subfolders.pop()!, batch);
      else this.#leave(frame, batch);
    }
  }

  /** Closes what is open; the walk is over. */
  close(): void {
    for (const frame of this.#frames) if (frame.fd >= 0) close(frame.fd);
    this.#frames.length = 0;
    this.#leaveStart();
  }

  #start(path: BytePath, batch: BatchBuilder, nowNs: number): void {
    if (path !== '') this.#startBelow(path, batch, nowNs);
    else if (this.#root.isFolder) this.#open(this.#root.fd, '.' as BytePath, '' as BytePath, batch, (inode) => this.#addOuter('' as BytePath, batch, inode));
    else this.#startWithFile(batch);
  }

  #startBelow(path: BytePath, batch: BatchBuilder, nowNs: number): void {
    const [parent, name] = splitPath(path);
    const from = this.#startFrom(parent);
    if (from.fs === 'pseudo' || this.#excludes.hasOrAbove(path)) return;
    const address = this.#fileName.put(name);
    if (this.#stat.readAt(from.fd, address) < 0) return;
    const folder = this.#addOuter(from.path, batch);
    if (this.#stat.isFolder) this.#open(from.fd, name, path, batch, (inode) => this.#addFolder(folder, name, batch, inode));
    else if (this.#stat.isRegular) this.#file(from.fd, folder, from.fs, address, toBytes(name), from.path, batch, nowNs);
  }

  /** Opens the folder that a start is in; many in a row are in the same one. */
  #startFrom(path: BytePath): Start {
    if (this.#from?.path === path) return this.#from;
    this.#leaveStart();
    const fd = this.#root.isFolder ? this.#root.openFolder(path) : -ENOENT;
    const fs = fd < 0 || this.#stat.read(fd) < 0 ? 'pseudo' : this.#fsTable.find(fd, this.#stat);
    return (this.#from = { path, fd, fs });
  }

  #leaveStart(): void {
    if (this.#from !== undefined && this.#from.fd >= 0) close(this.#from.fd);
    this.#from = undefined;
  }

  /** Number of a folder on the way to a start, the path itself included. */
  #addOuter(path: BytePath, batch: BatchBuilder, inode?: FoundFolder['inode']): number {
    const known = this.#outer.get(path);
    if (known !== undefined) return known;
    const [outer, name] = splitPath(path);
    const no = this.#addFolder(path === '' ? 0 : this.#addOuter(outer, batch), name, batch, inode);
    this.#outer.set(path, no);
    return no;
  }

  #addFolder(parent: number, name: BytePath, batch: BatchBuilder, inode: FoundFolder['inode']): number {
    const no = this.#folderCount++;
    batch.addFolder({ no, parent, name, ...(inode === undefined ? {} : { inode }) });
    return no;
  }

  #startWithFile(batch: BatchBuilder): void {
    const folder = this.#addOuter('' as BytePath, batch);
    const name = this.#root.nameOf('' as BytePath);
    const address = this.#fileName.put(name);
    const fs = this.#stat.readAt(this.#root.fd, address) < 0 ? 'pseudo' : this.#fsOfName(address);
    // The name is the path's own: folder 0 with an empty name below it.
    if (fs !== 'pseudo') this.#file(this.#root.fd, folder, fs, address, new Uint8Array(0), '' as BytePath, batch, monotonicNs());
  }

  /** File system of a name in the root's folder, which may be a mount of its own. */
  #fsOfName(address: number): FsEntry | 'pseudo' {
    const fd = openEntry(this.#root.fd, address);
    const fs = this.#fsTable.find(fd >= 0 ? fd : this.#root.fd, this.#stat);
    if (fd >= 0) close(fd);
    return fs;
  }

  #readOn(frame: Frame, batch: BatchBuilder, nowNs: number): void {
    if (this.#entry < this.#entries.count) {
      this.#visit(frame, this.#entry++, batch, nowNs);
      return;
    }
    this.#entry = 0;
    const got = this.#entries.read(frame.fd);
    if (got > 0) return;
    frame.reading = false;
    // pop() takes from the end: the first one met comes first.
    frame.subfolders.reverse();
    if (got < 0 && got !== -ENOENT) batch.addProblem({ path: frame.path, errno: errnoName(got), operation: 'read the folder' });
  }

  #visit(frame: Frame, i: number, batch: BatchBuilder, nowNs: number): void {
    const address = this.#entries.nameAddress(i);
    let type = this.#entries.type(i);
    if (type === EntryType.UNKNOWN) {
      if (this.#stat.readAt(frame.fd, address) < 0) return;
      type = this.#stat.isFolder ? EntryType.FOLDER : this.#stat.isRegular ? EntryType.REGULAR : EntryType.UNKNOWN;
    }
    if (type !== EntryType.REGULAR && type !== EntryType.FOLDER) return;
    const bytes = this.#entries.name(i);
    if (!this.#excludes.isEmpty) {
      const name = fromBytes(bytes);
      if (this.#excludes.has(joinPath(frame.path, name), name)) return;
    }
    if (type === EntryType.FOLDER) frame.subfolders.push(fromBytes(bytes));
    else this.#file(frame.fd, frame.no, frame.fs, address, bytes, frame.path, batch, nowNs);
  }

  #file(folder: number, folderNo: number, folderFs: FsEntry, address: number, name: Uint8Array, path: BytePath, batch: BatchBuilder, nowNs: number): void {
    const look = this.#look;
    const { stat } = look;
    const { physical, residency, skim } = this.#options;
    if (skim !== undefined && Atomics.load(skim, 0) === 1 && this.#skim(folder, folderNo, folderFs, address, name, batch)) return;
    const wanted = physical || (residency && folderFs.fs.residencyKnown);
    const fd = wanted ? openEntry(folder, address) : -EACCES;
    if (fd === -ENOENT || fd === -ELOOP) return;
    const failed = fd >= 0 ? look.read(fd, residency) : stat.readAt(folder, address);
    if (failed < 0) {
      if (failed !== -ENOENT) batch.addProblem({ path: joinPath(path, fromBytes(name)), errno: errnoName(failed), operation: 'look at the file' });
    } else if (stat.isRegular) {
      const fs = stat.dev === folderFs.fs.statDev ? folderFs : this.#fsTable.find(fd >= 0 ? fd : folder, stat);
      // A file may be a mount point too.
      if (fs !== 'pseudo' && (fs === folderFs || this.#options.oneFileSystem !== true)) this.#row(fd, folder, folderNo, fs, address, name, batch, nowNs);
    }
    if (fd >= 0) close(fd);
  }

  /** Takes the file without opening it; false if that does not tell all of it. */
  #skim(folder: number, folderNo: number, folderFs: FsEntry, address: number, name: Uint8Array, batch: BatchBuilder): boolean {
    const { stat } = this.#look;
    // One that is a mount point is of another file system, which has to be described.
    if (stat.readAt(folder, address) < 0 || !stat.isRegular || stat.dev !== folderFs.fs.statDev) return false;
    batch.addFile(folderFs.no, folderNo, name, stat, this.#look.generationAt(folder, address), NaN);
    return true;
  }

  #row(fd: number, folder: number, folderNo: number, fs: FsEntry, address: number, name: Uint8Array, batch: BatchBuilder, nowNs: number): void {
    const look = this.#look;
    if (fd < 0) {
      batch.addFile(fs.no, folderNo, name, look.stat, look.generationAt(folder, address), 0);
      return;
    }
    const probed = this.#options.residency && fs.fs.residencyKnown && look.readCache(fd, fs.endsWithFile);
    // A file that is all in memory needs no place in the order of the disk.
    const inMemory = probed && look.runs.resident >= pagesOf(look.stat.size);
    const physical = this.#options.physical && !inMemory ? look.physical(fd) : 0;
    batch.addFile(fs.no, folderNo, name, look.stat, look.generation(fd, fs.hasGetVersion), physical);
    if (probed) batch.setResidency(nowNs, look.atMs, look.runs);
  }

  #enter(parent: Frame, name: BytePath, batch: BatchBuilder): void {
    this.#open(parent.fd, name, joinPath(parent.path, name), batch, (inode) => this.#addFolder(parent.no, name, batch, inode), parent.fs);
    const hidden = this.#frames[this.#frames.length - 1 - OPEN_FOLDERS_MAX];
    if (hidden !== undefined && hidden.fd >= 0) {
      close(hidden.fd);
      hidden.fd = -1;
    }
  }

  #open(folder: number, name: BytePath, path: BytePath, batch: BatchBuilder, announce: (inode: FoundFolder['inode']) => number, parentFs?: FsEntry): void {
    const fd = this.#openFolder(folder, name);
    if (fd < 0) {
      const gone = fd === -ENOENT || fd === -ENOTDIR || fd === -ELOOP;
      if (!gone) batch.addProblem({ path, errno: errnoName(fd), operation: 'open the folder' });
      return;
    }
    const fs = this.#stat.read(fd) < 0 ? 'pseudo' : this.#fsTable.find(fd, this.#stat);
    if (fs === 'pseudo' || (parentFs !== undefined && fs !== parentFs && this.#options.oneFileSystem === true)) {
      close(fd);
      return;
    }
    const no = announce({ fs: fs.no, ino: this.#stat.ino });
    this.#frames.push({ fd, no, path, fs, ino: this.#stat.ino, reading: true, subfolders: [] });
  }

  #leave(frame: Frame, batch: BatchBuilder): void {
    this.#frames.pop();
    const parent = this.#frames[this.#frames.length - 1];
    if (parent !== undefined && parent.fd < 0) this.#reopen(parent, frame.fd, batch);
    if (frame.fd >= 0) close(frame.fd);
  }

  /** Goes back up; where the way there is another one now, the folder is looked for by its path. */
  #reopen(frame: Frame, child: number, batch: BatchBuilder): void {
    for (const open of [() => this.#openFolder(child, '..' as BytePath), () => this.#root.openFolder(frame.path)]) {
      const fd = open();
      if (fd < 0) continue;
      if (this.#stat.read(fd) === 0 && this.#stat.ino === frame.ino && this.#stat.dev === frame.fs.fs.statDev) {
        frame.fd = fd;
        return;
      }
      close(fd);
    }
    if (frame.subfolders.length > 0) batch.addProblem({ path: frame.path, errno: 'ESTALE', operation: 'go back to the folder' });
    frame.subfolders.length = 0;
  }

  #openFolder(folder: number, name: BytePath): number {
    return openEntry(folder, this.#cString.put(name), Open.DIRECTORY);
  }
}

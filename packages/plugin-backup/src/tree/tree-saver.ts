import { AT_FDCWD, close, CString, EACCES, EntryType, errnoName, FolderEntries, Open, openat, Stat } from '@duet/core/kernel/syscalls';
import { openEntry } from '@duet/core/kernel/read';
import type { Root } from '@duet/core/kernel/read';
import { DuetError, fromBytes, joinPath, splitPath, toDisplay } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import type { BlobSaver } from '../pipeline/blob-saver.js';
import { entryNames } from '../content/content-entries.js';
import type { ContentEntries } from '../content/content-entries.js';
import type { FileChunker } from '../pipeline/file-chunker.js';
import { errorParts } from '../pipeline/error-parts.js';
import type { ErrorParts } from '../pipeline/thread-messages.js';
import { Scratch } from '../scratch.js';
import type { Selection } from '../select/selection.js';
import type { ContentAsker } from './content-asker.js';
import type { BareFiles } from './bare-files.js';
import { EntryLook, GONE } from './entry-look.js';
import type { Entry } from './entry-look.js';
import type { FolderLook, SeenFolder } from './folder-look.js';
import type { KnownLists, ListKey } from './known-lists.js';
import { toldContent } from './ready-contents.js';
import type { ReadyContents } from './ready-contents.js';
import type { MetadataReader } from './metadata.js';
import { encodeEntry, encodeTree } from './node.js';
import type { KnownContent, MetFile, SavedTree, TreeProblem } from './tree-messages.js';

/** What a walk works with. */
export interface TreeSaverOptions {
  readonly root: Root;
  readonly saver: BlobSaver;
  readonly chunker: FileChunker;
  readonly bareFiles: BareFiles;
  readonly metadata: MetadataReader;
  readonly selection: Selection;
  /** Files of which it is known already. */
  readonly ready: Pick<ReadyContents, 'take' | 'row' | 'told' | 'takeRows' | 'isFull'>;
  /** What earlier walks know of lists, and how it is found; absent: each list is made anew. */
  readonly known?: { readonly lists: KnownLists; readonly look: FolderLook } | undefined;
  /** Whom to ask for what is known of the content of the others. */
  readonly asker: Pick<ContentAsker, 'alive' | 'ask' | 'answer' | 'bare' | 'settle'>;
  readonly stopped: () => boolean;
}

/** A subfolder whose list is saved: inode, device in the kernel's encoding, and id of the list. */
interface SavedFolder {
  readonly ino: bigint;
  readonly dev: number;
  readonly list: Buffer;
}

/** Entries of a folder that are looked at together: of large folders not all are in memory at once. */
const ENTRIES_AT_ONCE = 1024;

/**
 * Saves the lists of all folders, bottom-up, with the metadata that entries
 * have now and the content that files had when they were read. Synchronous:
 * for a thread. Names are looked up in the folder that is open, and no link
 * is followed.
 */
export class TreeSaver {
  readonly #options: TreeSaverOptions;
  readonly #look: EntryLook;
  readonly #stat = new Stat();
  readonly #name = new CString();
  readonly #problems: TreeProblem[] = [];
  /** Lists are encoded in the same memory, one after the other. */
  readonly #encoded = new Scratch();
  #files = 0;
  #bytes = 0;
  /** How often something was met that makes a list none to be remembered: what it says depends on more than what its folder looks like. */
  #doubts = 0;
  /** Content of the files of the list that is made, by inode number. */
  #contents = new Map<number, ContentEntries>();
  /** Whether it pays to look at folders as a whole. */
  #looks = true;

  constructor(options: TreeSaverOptions) {
    this.#options = options;
    this.#look = new EntryLook({ ...options, problem: (path, operation, errno) => this.#problem(path, operation, errno) });
  }

  /** Saves the whole tree, from `/` down to the root and below it. Undefined: it was told to stop. */
  save(): SavedTree | undefined {
    const { root, stopped } = this.#options;
    const folder = root.isFolder ? root.path : splitPath(root.path)[0];
    const list = root.isFolder ? this.#list(root.fd, '' as BytePath) : this.#saved(this.#nodesOf(root.fd, '' as BytePath, [root.nameOf('' as BytePath)], new Set()));
    if (stopped()) return undefined;
    this.#options.asker.settle();
    const id = this.#chain(folder === '' ? ('/' as BytePath) : folder, list);
    return { id: id.toString('hex'), files: this.#files, bytes: this.#bytes, problems: this.#problems, lists: this.#options.known?.lists.kept() };
  }

  /** Saves the lists of the folders on the way to `folder`, whose own list is `id`; gives the id of the one at the top. */
  #chain(folder: BytePath, id: Buffer): Buffer {
    if (folder === '/') return id;
    const [parent, name] = splitPath(folder);
    const fd = openat(AT_FDCWD, this.#name.put(folder), Open.PATH | Open.CLOEXEC);
    if (fd < 0) throw unreadable(folder, errnoName(fd));
    try {
      this.#stat.read(fd);
      const metadata = this.#options.metadata.read(fd, this.#stat);
      if (metadata === undefined || typeof metadata === 'string') throw unreadable(folder, metadata ?? 'ENOTDIR');
      return this.#chain(parent === '' ? ('/' as BytePath) : parent, this.#saved([encodeEntry(name, metadata, undefined, id.toString('hex'))]));
    } finally {
      close(fd);
    }
  }

  /** Saves the list of a folder; gives its id. */
  #saved(nodes: readonly string[]): Buffer {
    return this.#options.saver.tree(encodeTree(nodes, this.#encoded));
  }

  /** Saves the list of a folder that is open, and those below it; gives its id. */
  #list(fd: number, path: BytePath): Buffer {
    const { known, selection, ready, asker, stopped } = this.#options;
    asker.alive();
    const takes = selection.takesAllNames ? undefined : (name: BytePath): boolean => selection.takesName(joinPath(path, name));
    const seen = known === undefined || !this.#looks ? undefined : known.look.look(fd, path, takes);
    if (known === undefined || seen === undefined) return this.#saved(this.#nodesIn(fd, path));
    const subfolders = this.#subfolders(fd, path, seen);
    const id = this.#knownList(seen, subfolders, known.lists);
    if (id !== undefined) return id;
    const [files, bytes, doubts] = [this.#files, this.#bytes, this.#doubts];
    const contents = new Map<number, ContentEntries>();
    this.#contents = contents;
    const list = this.#saved(this.#nodesIn(fd, path, subfolders));
    const told = toldOf(seen, contents);
    if (this.#doubts === doubts && !stopped() && told !== undefined) {
      known.lists.keep(keyOf(seen, subfolders, told), { id: list, files: this.#files - files, bytes: this.#bytes - bytes });
    } else if (ready.isFull) {
      // Of what comes now, nothing is known without asking.
      this.#looks = false;
    }
    return list;
  }

  /** Saves the lists of the subfolders that are taken. */
  #subfolders(fd: number, path: BytePath, { dev, subfolders }: SeenFolder): Map<BytePath, SavedFolder> {
    const { selection, stopped } = this.#options;
    const saved = new Map<BytePath, SavedFolder>();
    if (!selection.enters(dev)) return saved;
    for (const name of subfolders) {
      if (stopped()) break;
      const subfolder = openEntry(fd, this.#name.put(name), Open.DIRECTORY);
      // What is wrong with it is told when it has its turn among the entries.
      if (subfolder < 0) continue;
      try {
        this.#stat.read(subfolder);
        const { dev: itsDev, exactIno } = this.#stat;
        saved.set(name, { dev: itsDev, ino: exactIno, list: this.#list(subfolder, joinPath(path, name)) });
      } finally {
        close(subfolder);
      }
    }
    return saved;
  }

  /** Id of a list that an earlier walk knows and the repository has, if the content of all files in it is the same. */
  #knownList(seen: SeenFolder, subfolders: ReadonlyMap<BytePath, SavedFolder>, lists: KnownLists): Buffer | undefined {
    const { ready, saver } = this.#options;
    const rows: number[] = [];
    for (const ino of seen.files) {
      const row = ready.row(ino, seen.dev);
      if (row === -1) return undefined;
      rows.push(row);
    }
    const told = ready.told(rows);
    if (told === undefined) return undefined;
    const key = keyOf(seen, subfolders, told);
    const list = lists.find(key);
    if (list === undefined || !saver.hasTree(list.id)) return undefined;
    ready.takeRows(rows);
    lists.keep(key, list);
    this.#files += list.files;
    this.#bytes += list.bytes;
    return list.id;
  }

  /** The nodes of a folder that is open; `subfolders` have their lists already. */
  #nodesIn(fd: number, path: BytePath, subfolders?: ReadonlyMap<BytePath, SavedFolder>): string[] {
    const entries = new FolderEntries(32 * 1024, true);
    const names: BytePath[] = [];
    const regular = new Set<BytePath>();
    for (let got = entries.read(fd); got !== 0; got = entries.read(fd)) {
      if (got < 0) {
        this.#problem(path, 'read the folder', errnoName(got));
        break;
      }
      for (let i = 0; i < entries.count; i++) {
        const name = fromBytes(entries.name(i));
        names.push(name);
        if (entries.type(i) === EntryType.REGULAR) regular.add(name);
      }
    }
    // Each character is a byte: this is the order of bytes.
    return this.#nodesOf(fd, path, names.sort(), regular, subfolders);
  }

  #nodesOf(folder: number, path: BytePath, names: readonly BytePath[], regular: ReadonlySet<BytePath>, subfolders?: ReadonlyMap<BytePath, SavedFolder>): string[] {
    const nodes: string[] = [];
    for (let i = 0; i < names.length; i += ENTRIES_AT_ONCE) {
      for (const node of this.#nodesOfSome(folder, path, names.slice(i, i + ENTRIES_AT_ONCE), regular, subfolders)) if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  /**
   * All files are asked for of which it is not known already, and then those are
   * opened of which it is not known that they have no extended attributes.
   */
  #nodesOfSome(folder: number, parent: BytePath, names: readonly BytePath[], regular: ReadonlySet<BytePath>, subfolders?: ReadonlyMap<BytePath, SavedFolder>): (string | undefined)[] {
    const { root, selection, ready, asker, stopped } = this.#options;
    const found = new Map<number, ContentEntries>();
    const pathOf = (name: BytePath): BytePath => (root.isFolder ? joinPath(parent, name) : ('' as BytePath));
    const entries = names.map((name, i) => {
      const path = pathOf(name);
      // Nothing is opened that is left out by its name.
      if (!selection.takesName(path)) return undefined;
      const entry = regular.has(name) ? this.#look.atName(folder, path, name) : this.#look.open(folder, path, name, false);
      if (entry?.file === undefined) return entry;
      const known = entry.wasOpened ? undefined : ready.take(entry.file);
      if (known === undefined) asker.ask(entry.file);
      else found.set(i, known);
      return entry;
    });
    asker.alive();
    // What is no file, or another one or another version by now, has its turn when the answers are there: it leads to further questions.
    const others = new Map<number, Entry>();
    const nodes = entries.map((entry, i) => {
      if (entry?.file === undefined) {
        if (entry !== undefined) others.set(i, entry);
        return undefined;
      }
      const content = found.get(i);
      const known: KnownContent = content === undefined ? asker.answer() : { use: 'bare', entries: content };
      if (known.use !== 'bare') this.#doubts++;
      if (known.use === 'omit') return undefined;
      const now = entry.wasOpened || known.use === 'bare' ? entry : this.#look.open(folder, entry.file.path, entry.name, true);
      if (now?.file === undefined || !isSame(now.file, entry.file)) {
        if (now !== undefined) others.set(i, now);
        return undefined;
      }
      if (now.isBare && known.use === 'content') asker.bare(now.file);
      return this.#file(now.file, now, known);
    });
    for (const [i, entry] of others) {
      if (stopped()) break;
      nodes[i] = this.#other(folder, pathOf(entry.name), entry, subfolders?.get(entry.name));
    }
    return nodes;
  }

  #other(parent: number, path: BytePath, entry: Entry, saved: SavedFolder | undefined): string | undefined {
    const { asker } = this.#options;
    if (entry.file === undefined) return entry.metadata.type === 'dir' ? this.#folder(parent, path, entry, saved) : encodeEntry(entry.name, entry.metadata, undefined, undefined);
    this.#doubts++;
    asker.ask(entry.file);
    return this.#file(entry.file, entry, asker.answer());
  }

  /** The node of a folder, whose list is saved if it is not there yet; undefined if it is left out. */
  #folder(parent: number, path: BytePath, { name, metadata, dev }: Entry, saved: SavedFolder | undefined): string | undefined {
    const { selection } = this.#options;
    // Another one may be there by now.
    if (saved?.ino === metadata.inode && saved.dev === dev) return encodeEntry(name, metadata, undefined, saved.list.toString('hex'));
    this.#doubts++;
    if (!selection.enters(dev)) return encodeEntry(name, metadata, undefined, this.#saved([]).toString('hex'));
    const fd = openEntry(parent, this.#name.put(name), Open.DIRECTORY);
    if (fd < 0) {
      // Folders that may not be read were reported by the scan.
      if (!GONE.has(fd) && fd !== -EACCES) this.#problem(path, 'open the folder', errnoName(fd));
      return undefined;
    }
    try {
      return encodeEntry(name, metadata, undefined, this.#list(fd, path).toString('hex'));
    } finally {
      close(fd);
    }
  }

  /** The node of a file; undefined if it is left out. */
  #file(file: MetFile, { name, metadata }: Entry, known: KnownContent): string | undefined {
    const content = known.use === 'read' ? this.#readNow(file) : known;
    if (content === undefined || !('entries' in content)) return undefined;
    const ids = entryNames(content.entries);
    this.#contents.set(file.ino, content.entries);
    this.#files++;
    // What is bare is of the version that the metadata is of.
    this.#bytes += content.use === 'bare' ? file.size : content.size;
    if (content.use === 'bare') return encodeEntry(name, metadata, ids, undefined);
    const { size, mtimeNs, ctimeNs } = content;
    const atimeNs = metadata.atimeNs === metadata.mtimeNs ? mtimeNs : metadata.atimeNs;
    return encodeEntry(name, { ...metadata, size, mtimeNs, atimeNs, ctimeNs }, ids, undefined);
  }

  /** Reads a file that is here since the run began. */
  #readNow({ path, ino, statDev, size }: MetFile): Extract<KnownContent, { use: 'content' }> | undefined {
    try {
      const read = this.#options.chunker.chunk({ no: 0, path, ino, statDev, offset: 0, bytes: size, covered: 0, last: true });
      if (read === undefined) return undefined;
      return { use: 'content', entries: read.entries, ...read.before, size: read.bytes };
    } catch (error) {
      if (!(error instanceof DuetError) || (error.code !== 'DUET_ERR_READ' && error.code !== 'DUET_ERR_VANISHED')) throw error;
      if (error.code === 'DUET_ERR_READ') this.#problems.push({ path, error: errorParts(error) });
      return undefined;
    }
  }

  #problem(path: BytePath, operation: string, errno: string): void {
    this.#doubts++;
    const error: ErrorParts = { code: 'DUET_ERR_READ', operation, message: `cannot ${operation} ${toDisplay(path)}: ${errno}`, path: toDisplay(path) };
    this.#problems.push({ path, error });
  }
}

/** What stands for the content of all files of a folder, in their order; undefined if that of one of them is not there. */
function toldOf({ files }: SeenFolder, contents: ReadonlyMap<number, ContentEntries>): Buffer | undefined {
  const told: Uint8Array[] = [];
  for (const ino of files) {
    const entries = contents.get(ino);
    if (entries === undefined) return undefined;
    told.push(toldContent(entries));
  }
  return Buffer.concat(told);
}

/** What tells the list of a folder: what is to be seen of it, the lists in it, and its files' content (`toldContent` of each). */
function keyOf({ hash }: SeenFolder, subfolders: ReadonlyMap<BytePath, SavedFolder>, told: Uint8Array): ListKey {
  const key = hash.copy();
  for (const { list } of subfolders.values()) key.update(list);
  return key.update(told).digest();
}

/** Whether both are one version of one file. */
function isSame(a: MetFile, b: MetFile): boolean {
  return a.ino === b.ino && a.statDev === b.statDev && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

function unreadable(folder: BytePath, errno: string): DuetError {
  return new DuetError('DUET_ERR_PATH_DENIED', { operation: 'look at the folder', message: `cannot look at ${toDisplay(folder)}: ${errno}`, path: toDisplay(folder) });
}

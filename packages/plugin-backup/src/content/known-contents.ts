import type { BytePath, FileStat, PluginState } from '@duet/core';
import type { BlobTable } from '../pipeline/blob-table.js';
import { ContentBook } from './content-book.js';
import type { FileContent } from './content-book.js';
import type { ParentFiles } from './parent-files.js';
import { contentBytes, entriesBefore, entryCount, entryId, NO_ENTRIES } from './content-entries.js';
import type { ContentEntries } from './content-entries.js';

/** A version of content that was saved, not known to be durable. */
interface Unsettled {
  readonly content: FileContent;
  /** Entries at the beginning that the book has already. */
  readonly unchanged: number;
}

/** Differences that do not make a file a changed one. */
export interface Ignored {
  readonly ignoreCtime: boolean;
  /** Inode numbers, and with them the ctime. */
  readonly ignoreInode: boolean;
}

/** What of the files' content is in the repository: in the plugin's state, and beside it what no checkpoint has made durable. */
export class KnownContents {
  readonly #book: ContentBook;
  readonly #blobs: BlobTable;
  readonly #ignored: Ignored;
  #parent: ParentFiles | undefined;
  #unsettled = new Map<number, Unsettled>();
  /** What the checkpoint under way is to make durable. */
  #settling = new Map<number, Unsettled>();

  /** `scope` names one task on one repository; `blobs` are those that the repository has; `isAdmin`: this process sees all attributes of files. */
  constructor(state: PluginState, scope: string, blobs: BlobTable, ignored: Ignored, isAdmin: boolean) {
    this.#book = new ContentBook(state, scope, isAdmin);
    this.#blobs = blobs;
    this.#ignored = ignored;
  }

  get isEmpty(): boolean {
    return this.#book.isEmpty;
  }

  /** What was read of a file's content, of whatever version, if it is in the repository still. */
  get(no: number): FileContent | undefined {
    const content = (this.#unsettled.get(no) ?? this.#settling.get(no))?.content ?? this.#book.get(no);
    return content !== undefined && this.hasAll(content.entries) ? content : undefined;
  }

  /** Has files of which nothing is known looked up in an earlier snapshot. */
  set parent(parent: ParentFiles) {
    this.#parent = parent;
  }

  /** The whole content of a file, if it is known in the version that the file has now. */
  unchanged(no: number, path: BytePath, ino: number, now: FileStat): FileContent | undefined {
    const content = this.get(no);
    if (content !== undefined) return content.isWhole && this.isSame(content, now) ? content : undefined;
    const earlier = this.#parent?.get(path);
    if (earlier === undefined || !(earlier.ino === ino || this.#ignored.ignoreInode)) return undefined;
    return this.isSame(earlier, now) && this.hasAll(earlier.entries) ? earlier : undefined;
  }

  /** Whether both are of one version of a file. */
  isSame(content: FileStat, now: FileStat): boolean {
    const { ignoreCtime, ignoreInode } = this.#ignored;
    return content.size === now.size && content.mtimeNs === now.mtimeNs && (ignoreCtime || ignoreInode || content.ctimeNs === now.ctimeNs);
  }

  hasAll(entries: ContentEntries): boolean {
    for (let i = 0; i < entryCount(entries); i++) if (!this.#blobs.has(entryId(entries, i), false)) return false;
    return true;
  }

  /** The entries before byte `offset` of a file that is read from there on. */
  before(no: number, offset: number): ContentEntries {
    return offset === 0 ? NO_ENTRIES : entriesBefore(this.get(no)?.entries ?? NO_ENTRIES, offset);
  }

  /**
   * Takes what was saved of a file's unit: `entries` follow those in `prefix`,
   * which `before` gave. `seen` is the file when the unit was read; `isBare`: it
   * had no extended attributes.
   */
  add(no: number, prefix: ContentEntries, entries: ContentEntries, seen: FileStat, isLast: boolean, changed: boolean, isBare: boolean): void {
    const earlier = prefix.length === 0 ? undefined : this.get(no);
    const all = prefix.length === 0 ? entries : Buffer.concat([prefix, entries]);
    const isMixed = changed || (earlier !== undefined && !(earlier.mtimeNs === seen.mtimeNs && earlier.ctimeNs === seen.ctimeNs));
    // A mixture of versions is told by a time that no file has: whatever comes next, it does not fit.
    const content: FileContent = {
      size: isLast ? contentBytes(all) : seen.size,
      mtimeNs: seen.mtimeNs,
      ctimeNs: isMixed ? 0n : seen.ctimeNs,
      isWhole: isLast && !isMixed,
      isBare: isBare && isLast && !isMixed,
      entries: all,
    };
    this.#put(no, content, entryCount(prefix));
  }

  /** Whether the whole content of that very version is known, and that it has no extended attributes: the file need not be opened. */
  isBare(content: FileContent, now: FileStat): boolean {
    const { ignoreCtime, ignoreInode } = this.#ignored;
    // Whoever has these left out says that they do not tell.
    return content.isBare && content.isWhole && !ignoreCtime && !ignoreInode && this.isSame(content, now);
  }

  /** Takes down that a file has no extended attributes in a version, if that is the one that is known. */
  setBare(no: number, version: FileStat): void {
    const content = this.get(no);
    if (content === undefined || !content.isWhole || content.isBare || content.ctimeNs !== version.ctimeNs || !this.isSame(content, version)) return;
    this.#put(no, { ...content, isBare: true }, entryCount(content.entries));
  }

  /** The first `unchanged` entries are those that are known already. */
  #put(no: number, content: FileContent, unchanged: number): void {
    this.#unsettled.set(no, { content, unchanged: Math.min(this.#unsettled.get(no)?.unchanged ?? Infinity, this.#settling.get(no)?.unchanged ?? Infinity, unchanged) });
  }

  /** Takes over what is known from elsewhere, of a file that was not read. */
  adopt(no: number, content: FileContent): void {
    this.#unsettled.set(no, { content, unchanged: 0 });
  }

  /** Whether anything waits for a checkpoint. */
  get hasUnsettled(): boolean {
    return this.#unsettled.size > 0;
  }

  /** What was added so far is what `settle` keeps. */
  begin(): void {
    this.#settling = new Map([...this.#settling, ...this.#unsettled]);
    this.#unsettled = new Map();
  }

  /** What was added before `begin` is durable in the repository: it goes into the state. */
  settle(): void {
    for (const [no, { content, unchanged }] of this.#settling) this.#book.put(no, content, unchanged);
    this.#book.save();
    this.#settling = new Map();
  }

  /** Numbers of all files that were saved. */
  numbers(): IterableIterator<number> {
    return this.#book.numbers();
  }

  /** Forgets files. */
  forget(files: Iterable<number>): void {
    for (const no of files) this.#book.remove(no);
    this.#book.save();
  }
}

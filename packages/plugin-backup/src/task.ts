import { createHash } from 'node:crypto';
import { DoneBitmap, DuetError, isPseudo, readMounts, toDisplay } from '@duet/core';
import type { CycleSummary, FileRef, Mount, PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { isAdmin } from '@duet/core/kernel/syscalls';
import { contentBytes } from './content/content-entries.js';
import { InodeNumbers } from './content/inode-numbers.js';
import { KnownContents } from './content/known-contents.js';
import { ListPages } from './content/list-pages.js';
import { ParentFiles } from './content/parent-files.js';
import type { BackupOptions } from './options.js';
import { BackupPool } from './pipeline/backup-pool.js';
import { BlobTable } from './pipeline/blob-table.js';
import { errorOf } from './pipeline/error-parts.js';
import type { SavedPack } from './pipeline/thread-messages.js';
import type { PackEntry } from './repository/blob.js';
import { repositoryLocation, repositoryPassword } from './repository/credentials.js';
import { LocalStorage } from './repository/local-storage.js';
import { loadIndex } from './repository/load-index.js';
import { RepositoryLock } from './repository/lock.js';
import { decodeHeader } from './repository/pack-header.js';
import { Repository } from './repository/repository.js';
import { patternsIn } from './select/exclude-file.js';
import { CACHEDIR_TAG, folderTag } from './select/folder-tags.js';
import { Selection } from './select/selection.js';
import type { SelectionOptions } from './select/selection.js';
import { parentSnapshot, saveRunSnapshot } from './run-snapshot.js';
import { plainMounts } from './tree/bare-files.js';
import { ReadyContents } from './tree/ready-contents.js';
import type { KnownContent, MetFile } from './tree/tree-messages.js';

/** A checkpoint is due when each thread may have filled so many packs, or after this time in milliseconds. */
const CHECKPOINT_PACKS = 4;
const CHECKPOINT_MS = 10_000;

/** What a cycle has at hand between `open` and `close`. */
interface Open {
  readonly repository: Repository;
  readonly lock: RepositoryLock;
  readonly root: Root;
  readonly pool: BackupPool;
  readonly contents: KnownContents;
  readonly lists: ListPages;
  /** What need not be asked for when the folders are saved. */
  readonly ready: ReadyContents;
  readonly selection: Selection;
  /** Id of the snapshot before this one. */
  readonly parent: string | undefined;
  readonly startedMs: number;
}

/**
 * One cycle of a backup: files are saved in whatever order they come, and the
 * folders and the snapshot when all files are there.
 */
export class BackupTask implements PluginHooks {
  readonly #ctx: PluginContext<BackupOptions>;
  readonly #abort = (): void => this.#open?.pool.abort();
  /** Numbers of the files that the run met. */
  readonly #numbers = new InodeNumbers();
  /** Those that it took, and those that it met again in the end. */
  readonly #taken = new DoneBitmap();
  readonly #inTree = new DoneBitmap();
  /** Files that could not be read: they were reported, and are left out. */
  readonly #failed = new Set<number>();
  #open: Open | undefined;
  /** Its first thread starts while the password is tried. */
  #pool: BackupPool | undefined;
  /** What lets go of what `open` took, the last one first. */
  readonly #closers: (() => Promise<void> | void)[] = [];
  /** Files that the snapshot has in an earlier version: the walk asks again where one changes meanwhile. */
  readonly #changed = new DoneBitmap();
  /** Bytes processed since the last checkpoint, and when that was. */
  #bytesSince = 0;
  #checkpointMs: number;

  constructor(ctx: PluginContext<BackupOptions>) {
    this.#ctx = ctx;
    this.#checkpointMs = ctx.now();
  }

  async open(): Promise<void> {
    const { config, signal, log } = this.#ctx;
    const storage = new LocalStorage(repositoryLocation(config));
    const pool = (this.#pool = new BackupPool(config.threads));
    const repository = await Repository.open(storage, await repositoryPassword(config));
    repository.requireWritable();
    const lock = await RepositoryLock.place(repository.files, { log });
    this.#closers.push(() => lock.release());
    this.#open = { ...(await this.#prepare(repository, storage.location, pool)), lock };
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  /** Reads what the repository has, and lets the threads begin that add to it. */
  async #prepare(repository: Repository, folder: string, pool: BackupPool): Promise<Omit<Open, 'lock'>> {
    const { config, path, state, log } = this.#ctx;
    const root = Root.open(path);
    this.#closers.push(() => root.close());
    // Which blobs there are; where, nobody asks.
    const { index: blobs } = await loadIndex(repository.files, () => new BlobTable());
    const mounts = readMounts();
    const selection = selectionOf(config, this.#ctx.exclude, mounts);
    const { key, config: format } = repository;
    const { compression, packSize: packBytes, withAtime } = config;
    const ready = new ReadyContents();
    pool.begin({ path, folder, key, polynomial: format.polynomial, blobs: blobs.memory, ready: ready.memory, compression, packBytes, selection, withAtime, plainMounts: plainMounts(mounts) });
    const scope = createHash('sha256').update(`${format.id}\0${path}`).digest('hex').slice(0, 12);
    const lists = new ListPages(state, scope);
    const contents = new KnownContents(state, scope, blobs, config, isAdmin());
    const parent = await parentSnapshot(repository, root.path, config);
    if (parent !== undefined && !config.force && (contents.isEmpty || config.ignoreInode)) {
      try {
        await repository.loadIndex();
        contents.parent = await ParentFiles.load(repository, parent, root);
      } catch (error) {
        log.warn(`the snapshot ${parent.id.slice(0, 8)} is not compared with: ${(error as Error).message}`);
      }
    }
    return { repository, root, pool, contents, lists, ready, selection: new Selection(root, selection), parent: parent?.id, startedMs: this.#ctx.now() };
  }

  accepts(file: FileRef): boolean {
    const { selection, contents, ready } = this.#opened();
    if (!selection.takesFile(file.path, file.dev)) return false;
    this.#numbers.set(file.dev, file.id.ino, file.no);
    this.#taken.set(file.no);
    if (this.#ctx.config.force) return true;
    const { no, dev, size, mtimeNs, ctimeNs } = file;
    const { ino } = file.id;
    const known = contents.unchanged(no, file.path, ino, file);
    if (known !== undefined && contents.isBare(known, file)) ready.put(no, { ino, statDev: dev, size, mtimeNs, ctimeNs }, known.entries);
    return known === undefined;
  }

  async process({ file, offset, bytes, uncachedBytes }: Unit): Promise<UnitCost> {
    const { pool, contents, lock } = this.#opened();
    await lock.settled;
    const { no, path, dev, id, size } = file;
    const prefix = contents.before(no, offset);
    const last = offset + bytes >= size;
    const cachedBytes = uncachedBytes === undefined ? undefined : bytes - uncachedBytes;
    const result = await pool.chunk({ no, path, ino: id.ino, statDev: dev, offset, bytes, cachedBytes, covered: contentBytes(prefix), last });
    if (result.outcome === 'aborted') throw this.#ctx.signal.reason;
    if (result.outcome === 'failed') {
      if (result.error.code === 'DUET_ERR_READ') this.#failed.add(no);
      throw errorOf(result.error);
    }
    const { entries, before, changed, isBare, bytesFromCache, bytesFromDisk } = result;
    this.#failed.delete(no);
    this.#bytesSince += bytes;
    contents.add(no, prefix, entries, before, last, changed, isBare);
    return { bytesFromCache, bytesFromDisk, seen: before };
  }

  /** A checkpoint ends the packs that are open: one that comes too soon leaves small ones. */
  checkpointDue(): boolean {
    const { packSize, threads } = this.#ctx.config;
    const isDue = this.#bytesSince >= CHECKPOINT_PACKS * packSize * threads || this.#ctx.now() - this.#checkpointMs >= CHECKPOINT_MS;
    return isDue && this.#opened().contents.hasUnsettled;
  }

  async checkpoint(): Promise<void> {
    // A run that could not be opened has nothing to make durable.
    if (!this.#open) return;
    this.#bytesSince = 0;
    this.#checkpointMs = this.#ctx.now();
    const { pool, contents, repository, lock } = this.#opened();
    if (lock.lost.aborted) throw lock.lost.reason;
    contents.begin();
    const packs = (await pool.flush()).map(packEntry);
    if (packs.length > 0) await repository.saveIndex(packs);
    contents.settle();
  }

  async finish(cycle: CycleSummary): Promise<void> {
    const { pool, contents, lists, ready, repository, lock, root, parent, startedMs } = this.#opened();
    await lock.settled;
    const walk = pool.tree(
      {
        contentsOf: (files) => {
          // A walk of millions of files takes longer than a hook may be silent.
          this.#ctx.alive();
          return files.map((file) => this.#contentOf(file));
        },
        bare: (files) => {
          for (const file of files) this.#setBare(file);
        },
      },
      this.#ctx.config.withAtime ? undefined : lists.load(),
    );
    // Awaited later.
    walk.catch(() => undefined);
    // Read meanwhile: the walk is another thread's.
    const saved = [...contents.numbers()];
    const tree = await walk;
    if (tree === undefined) throw this.#ctx.signal.reason;
    if (tree.lists !== undefined) lists.save(tree.lists);
    for (const no of ready.taken()) this.#inTree.set(no);
    for (const { path, error } of tree.problems) this.#ctx.problem({ path, code: error.code, message: error.message });
    await this.checkpoint();
    // Its threads end while the snapshot is written.
    void pool.close();
    const id = await saveRunSnapshot(repository, { tree: tree.id, path: root.path, options: this.#ctx.config, parent, startedMs });
    this.#ctx.log.info(`snapshot ${id.slice(0, 8)} saved: ${tree.files} files`);
    contents.forget(saved.filter((no) => !cycle.met(no) || !this.#inTree.has(no)));
    const vanished = this.#taken.count - this.#inTree.count - this.#failed.size;
    if (vanished > 0) this.#ctx.log.warn(`${vanished} files vanished during the run`);
    if (this.#changed.count > 0) this.#ctx.log.warn(`${this.#changed.count} files changed after they were read: the snapshot has them as they were then`);
  }

  async close(): Promise<void> {
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    this.#open = undefined;
    // Before the lock goes: until then it may write.
    await this.#pool?.close();
    this.#pool = undefined;
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) await closer();
  }

  /** What is to stand in the folder's list as the content of a file that the walk met. */
  #contentOf(file: MetFile): KnownContent {
    const { contents } = this.#opened();
    const no = this.#numbers.get(file.statDev, file.ino);
    if (no === undefined) return { use: 'read' };
    if (this.#failed.has(no)) return { use: 'omit' };
    this.#inTree.set(no);
    const read = contents.get(no);
    if (read === undefined) {
      const earlier = contents.unchanged(no, file.path, file.ino, file);
      if (earlier === undefined) return { use: 'read' };
      contents.adopt(no, earlier);
      return { use: 'content', ...earlier };
    }
    // A large file of which only a part was read, for it changed again and again.
    if (contentBytes(read.entries) !== read.size) return { use: 'read' };
    if (contents.isBare(read, file)) return { use: 'bare', entries: read.entries };
    if (!contents.isSame(read, file)) this.#changed.set(no);
    const { entries, size, mtimeNs, ctimeNs, isWhole } = read;
    return { use: 'content', entries, size, mtimeNs, ctimeNs: isWhole ? ctimeNs : file.ctimeNs };
  }

  #setBare(file: MetFile): void {
    const no = this.#numbers.get(file.statDev, file.ino);
    if (no !== undefined) this.#opened().contents.setBare(no, file);
  }

  #opened(): Open {
    if (!this.#open) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'back up', message: `a hook of backup was called before open or after close, for ${toDisplay(this.#ctx.path)}` });
    return this.#open;
  }
}

function selectionOf({ exclude, excludeFile, excludeIfPresent, excludeCaches, oneFileSystem }: BackupOptions, runExclude: readonly string[], mounts: readonly Mount[]): SelectionOptions {
  return {
    exclude: [...exclude, ...excludeFile.flatMap(patternsIn)],
    runExclude,
    tags: [...excludeIfPresent.map(folderTag), ...(excludeCaches ? [CACHEDIR_TAG] : [])],
    oneFileSystem,
    pseudoDevs: mounts.filter(({ fsType }) => isPseudo(fsType)).map(({ dev }) => dev),
  };
}

function packEntry({ id, header }: SavedPack): PackEntry {
  const blobs = decodeHeader(Buffer.from(header.buffer, header.byteOffset, header.byteLength));
  if (!blobs) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'index a pack', message: 'the header of a pack that was just written is none' });
  return { id, blobs };
}

import { Observable, VirtualTimeScheduler } from 'rxjs';
import { DuetError, fromText, isUnder, pathsTo, joinPath, relativeTo, silentLogger, nothingReleased } from '../../src/model/index.js';
import type { BytePath, FolderEntry, NameEvent, NameSource, FoundFolder, PageSink, ProbeBatch, ProbeTarget, ResidencyColumns, ScanBatch, ScannedFs, ScanOptions, Source } from '../../src/model/index.js';
import { BTRFS_TOP } from '../../src/kernel/index.js';
import type { Mount } from '../../src/kernel/index.js';
import { SessionHub } from '../../src/session/index.js';
import type { HubOptions, HubSession, NumberedBatch, SessionOptions, Survey } from '../../src/session/index.js';

export const DEV = 7 << 20;
/** Milliseconds since 1970 at virtual time 0: the files are a day older, the mount an hour. */
const EPOCH_MS = 1_700_000_000_000;
const DAY_MS = 86_400_000;

export interface ScriptedFile {
  readonly ino: number;
  readonly gen: number;
  readonly fs: number;
  readonly names: Set<BytePath>;
  size: number;
  ctimeNs: bigint;
  /** Page index to whether it is dirty. */
  readonly pages: Map<number, boolean>;
}

type Event = { readonly timeNs: number; readonly tell: (sink: PageSink) => void };

/**
 * Files, a page cache and its events, made up; and the source and surveys that
 * see them, in virtual time. Answers take `scanMs` and `probeMs` from the
 * moment they describe until they arrive; 0: they are synchronous.
 */
export class ScriptedDisk {
  readonly scheduler = new VirtualTimeScheduler(undefined, 0);
  readonly files: ScriptedFile[] = [];
  readonly fs: ScannedFs[] = [];
  readonly hub: SessionHub;
  scans = 0;
  /** Paths of the files probed, request by request. */
  readonly probes: string[][] = [];
  readonly closed: string[] = [];
  scanMs = 0;
  probeMs = 0;
  /** Paths of sessions at which there is nothing. */
  readonly missing = new Set<string>();
  /** Events that a drain hands over at most. */
  drainEvents = Infinity;
  /** Changes of names that a drain hands over at most. */
  drainNames = Infinity;
  /** Whether the cache state can be read at all. */
  residencyTold = true;
  readonly source: Source;
  readonly names: NameSource;
  #events: Event[] = [];
  #nameEvents: (NameEvent | 'lost')[] = [];
  /** Whether any were queued since the hub asked last. */
  #namesChanged = false;
  /** Inode numbers of folders. */
  readonly #folders = new Map<BytePath, number>([['/' as BytePath, 2]]);
  #ticks = 0;

  constructor(options: { sweeps?: boolean; maxTasks?: number; names?: boolean } = {}) {
    this.scheduler.maxFrames = 0;
    this.addFs();
    this.source = {
      kind: 'replay',
      sweeps: options.sweeps ?? false,
      follow: () => undefined,
      drain: (sink) => {
        for (const { tell } of this.#events.splice(0, this.drainEvents)) tell(sink);
        return this.#events.length > 0;
      },
      counters: () => ({ events: 0, lost: 0 }),
      stop: () => undefined,
    };
    this.names = {
      follow: () => options.names ?? false,
      unfollow: () => undefined,
      drain: (sink) => {
        if (options.names !== true) return false;
        for (const event of this.#nameEvents.splice(0, this.drainNames)) {
          if (event === 'lost') sink.namesLost(DEV);
          else sink.named(event);
        }
        return this.#nameEvents.length > 0;
      },
      stop: () => undefined,
    };
    const hub: HubOptions = {
      source: this.source,
      survey: (path) => this.#survey(path),
      names: this.names,
      mounts: { mounts: [mountOf(DEV)], changed: () => undefined, close: () => undefined },
      changed: () => {
        const changed = this.#namesChanged;
        this.#namesChanged = false;
        return changed;
      },
      foldersTo: (path) => pathsTo(path).map((folder) => ({ path: folder, dev: DEV, inode: { ino: this.#folderIno(folder), gen: 0, subvolume: 0 } })),
      monotonicNs: () => this.#ns(),
      epochMs: () => this.#epochMs(),
      findInodes: (_mounts, _dev, inodes) => inodes.map(() => 'nameless'),
      logger: silentLogger,
      scheduler: this.scheduler,
      ...(options.maxTasks === undefined ? {} : { maxTasks: options.maxTasks }),
    };
    this.hub = new SessionHub(hub);
  }

  /** Another file system, or a further subvolume of the first one; gives its place in `fs`. */
  addFs(subvolume = 0, statDev = DEV): number {
    return this.fs.push({
      fs: 'uuid',
      dev: DEV,
      subvolume,
      sharesNumbers: subvolume !== 0 && subvolume !== BTRFS_TOP.subvolume,
      statDev,
      fsType: subvolume === 0 ? 'ext4' : 'btrfs',
      mountPoint: '/' as BytePath,
      mountedAfterMs: EPOCH_MS - 3_600_000,
      residencyKnown: true,
      directRead: 'odirect',
    }) - 1;
  }

  /** A file of a hundred pages, a day old. */
  create(path: string, given: Partial<Pick<ScriptedFile, 'ino' | 'gen' | 'fs'>> = {}): ScriptedFile {
    const file: ScriptedFile = {
      ino: given.ino ?? 1000 + this.files.length,
      gen: given.gen ?? 1,
      fs: given.fs ?? 0,
      names: new Set([fromText(path)]),
      size: 409_600,
      ctimeNs: BigInt(EPOCH_MS - DAY_MS) * 1_000_000n,
      pages: new Map(),
    };
    this.files.push(file);
    this.#named(file, undefined, fromText(path));
    return file;
  }

  link(file: ScriptedFile, path: string): void {
    file.names.add(fromText(path));
    this.#named(file, undefined, fromText(path));
  }

  /** Whatever had the new name loses it. */
  rename(file: ScriptedFile, from: string, to: string): void {
    for (const other of this.files) if (other !== file) other.names.delete(fromText(to));
    file.names.delete(fromText(from));
    file.names.add(fromText(to));
    this.#named(file, fromText(from), fromText(to));
  }

  /** One of its names goes; with the last one the file. */
  unlink(file: ScriptedFile, path: string = [...file.names][0]): void {
    file.names.delete(fromText(path));
    this.#named(file, fromText(path), undefined);
    if (file.names.size > 0) return;
    this.evict(file, 0, 200);
    this.files.splice(this.files.indexOf(file), 1);
  }

  /** A folder moves with all below it. */
  renameFolder(from: string, to: string): void {
    const moved = (path: BytePath): BytePath => (path === fromText(from) ? fromText(to) : joinPath(fromText(to), relativeTo(path, fromText(from))));
    const ino = this.#folderIno(fromText(from));
    for (const file of this.files) {
      for (const name of [...file.names].filter((one) => isUnder(one, fromText(from)))) {
        file.names.delete(name);
        file.names.add(moved(name));
      }
    }
    for (const [path, inside] of [...this.#folders].filter(([one]) => isUnder(one, fromText(from)))) {
      this.#folders.delete(path);
      this.#folders.set(moved(path), inside);
    }
    this.#queue({ dev: DEV, isFolder: true, target: { ino, gen: 1, subvolume: 0 }, from: this.#entry(fromText(from)), to: this.#entry(fromText(to)) });
  }

  hasFolder(path: string): boolean {
    return this.#folders.has(fromText(path));
  }

  /** Whether a folder on the way to the path is a file. */
  hasFileAbove(path: string): boolean {
    return pathsTo(fromText(path)).some((folder) => folder !== path && this.files.some((file) => file.names.has(folder)));
  }

  makeFolder(path: string): void {
    this.#folderIno(fromText(path));
  }

  /** Changes of names that happened and were not told yet are lost. */
  loseNames(): void {
    this.#nameEvents = [];
    this.#queue('lost');
  }

  /** The first `count` changes of names that wait are never told. */
  silenceNames(count: number): void {
    this.#nameEvents.splice(0, count);
  }

  /** A folio of pages is read from the disk. */
  read(file: ScriptedFile, index: number, pages = 1): void {
    for (let page = index; page < index + pages; page++) file.pages.set(page, false);
    this.#event((sink, ns) => sink.added(DEV, file.ino, index, pages, ns));
  }

  /** Single pages are written, and enter the cache for it. */
  write(file: ScriptedFile, index: number, pages = 1): void {
    this.touch(file);
    for (let page = index; page < index + pages; page++) {
      if (!file.pages.has(page)) this.read(file, page);
      file.pages.set(page, true);
      this.#event((sink, ns) => sink.dirtied(DEV, file.ino, page, ns));
    }
  }

  flush(file: ScriptedFile): void {
    for (const page of file.pages.keys()) file.pages.set(page, false);
    this.#event((sink, ns) => sink.flushed(DEV, file.ino, 0, Infinity, ns));
  }

  evict(file: ScriptedFile, index: number, pages = 1): void {
    for (let page = index; page < index + pages; page++) {
      if (file.pages.delete(page)) this.#event((sink, ns) => sink.removed(DEV, file.ino, page, 1, ns));
    }
  }

  /** Its times move. */
  touch(file: ScriptedFile): void {
    file.ctimeNs = BigInt(Math.round(this.#epochMs())) * 1_000_000n;
  }

  /** An event of an inode that no path leads to. */
  stranger(ino: number): void {
    this.#event((sink, ns) => sink.added(DEV, ino, 0, 1, ns));
  }

  /** All that waits is lost. */
  lose(): void {
    const { length } = this.#events;
    this.#events = [];
    this.#event((sink, ns) => sink.lost(Math.max(length, 1), ns));
  }

  /** Forgets events that wait, as if nobody had been told. */
  silence(): void {
    this.#events = [];
  }

  register(path: string, options: Partial<SessionOptions> = {}): HubSession {
    return this.hub.register({ name: 'test', path: fromText(path), events: ['exists', 'modified'], ...options });
  }

  /** Lets virtual time pass. */
  pass(ms: number): void {
    this.scheduler.maxFrames += ms;
    this.scheduler.schedule(() => undefined, this.scheduler.maxFrames - this.scheduler.frame);
    this.scheduler.flush();
  }

  #folderIno(path: BytePath): number {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const entry = this.#entry(path);
    const ino = 500_000 + this.#folders.size;
    this.#folders.set(path, ino);
    this.#queue({ dev: DEV, isFolder: true, target: { ino, gen: 1, subvolume: 0 }, to: entry });
    return ino;
  }

  #entry(path: BytePath): FolderEntry {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(slash, 1)) as BytePath;
    return { folder: { ino: this.#folderIno(folder), gen: 1, subvolume: 0 }, name: path.slice(slash + 1) as BytePath };
  }

  #queue(event: NameEvent | 'lost'): void {
    this.#nameEvents.push(event);
    this.#namesChanged = true;
  }

  #named({ ino, gen, fs }: ScriptedFile, from: BytePath | undefined, to: BytePath | undefined): void {
    this.#queue({
      dev: DEV,
      isFolder: false,
      target: { ino, gen, subvolume: this.fs[fs].subvolume },
      ...(from === undefined ? {} : { from: this.#entry(from) }),
      ...(to === undefined ? {} : { to: this.#entry(to) }),
    });
  }

  #epochMs(): number {
    return EPOCH_MS + this.scheduler.now();
  }

  #ns(): number {
    return this.scheduler.now() * 1e6 + 1e9 + ++this.#ticks;
  }

  #event(tell: (sink: PageSink, timeNs: number) => void): void {
    const timeNs = this.#ns();
    this.#events.push({ timeNs, tell: (sink) => tell(sink, timeNs) });
  }

  #survey(path: BytePath): Survey {
    return {
      scan: (options) => this.#after(this.scanMs, () => (this.#assertThere(path), (this.scans += 1), this.#scan(path, options))),
      probe: (targets) => this.#after(this.probeMs, () => (this.#assertThere(path), this.probes.push(targets.map((target) => target.path)), this.#probe(path, targets))),
      release: async (targets) => nothingReleased(targets.length),
      close: () => void this.closed.push(path),
    };
  }

  #assertThere(path: BytePath): void {
    if (this.missing.has(path)) throw new DuetError('DUET_ERR_PATH_MISSING', { operation: 'open the path', message: `${path} does not exist` });
  }

  #after<T>(ms: number, describe: () => T): Observable<T> {
    return new Observable((subscriber) => {
      const answer = describe();
      const tell = (): void => {
        subscriber.next(answer);
        subscriber.complete();
      };
      if (ms === 0) tell();
      else return this.scheduler.schedule(tell, ms);
      return undefined;
    });
  }

  #scan(root: BytePath, options: ScanOptions): NumberedBatch {
    const starts = (options.from ?? ['' as BytePath]).map((from) => (from === '' ? root : joinPath(root, from)));
    const rows = this.files.flatMap((file) => [...file.names].filter((name) => starts.some((start) => isUnder(name, start)) && !(options.exclude ?? []).some((glob) => name.endsWith(glob.replace('*', '')))).map((name) => ({ file, name })));
    const folders: BytePath[] = [root];
    const isFile = this.files.some((file) => file.names.has(root));
    const inode = (path: BytePath): Pick<FoundFolder, 'inode'> => ({ inode: { fs: 0, ino: this.#folderIno(path) } });
    const newFolders: FoundFolder[] = [{ no: 0, parent: 0, name: '' as BytePath, ...(isFile ? {} : inode(root)) }];
    const folderOf = (name: BytePath): number => {
      const folder = name === root ? root : (name.slice(0, Math.max(name.lastIndexOf('/'), 1)) as BytePath);
      const at = folders.indexOf(folder);
      if (at !== -1) return at;
      const parent = folderOf(folder);
      newFolders.push({ no: folders.length, parent, name: relativeTo(folder, folders[parent]), ...inode(folder) });
      return folders.push(folder) - 1;
    };
    for (const folder of this.#folders.keys()) if (!isFile && starts.some((start) => isUnder(folder, start))) folderOf(joinPath(folder, 'any' as BytePath));
    const baseNames = rows.map(({ name }) => (name === root ? '' : relativeTo(name, folders[folderOf(name)])));
    let end = 0;
    const files = rows.map(({ file }) => file);
    const batch: ScanBatch = {
      count: rows.length,
      newFs: this.fs,
      newFolders,
      fs: Uint16Array.from(files, (file) => file.fs),
      ino: Float64Array.from(files, (file) => file.ino),
      gen: Uint32Array.from(files, (file) => file.gen),
      folder: Uint32Array.from(rows, ({ name }) => folderOf(name)),
      names: Buffer.from(baseNames.join(''), 'latin1'),
      nameEnd: Uint32Array.from(baseNames, (name) => (end += name.length)),
      nlink: Uint32Array.from(files, (file) => file.names.size),
      size: Float64Array.from(files, (file) => file.size),
      mtimeNs: BigInt64Array.from(files, (file) => file.ctimeNs),
      ctimeNs: BigInt64Array.from(files, (file) => file.ctimeNs),
      physical: new Float64Array(rows.length),
      residency: this.#residency(options.residency ? files : files.map(() => undefined)),
      problems: [],
    };
    return { batch, numbers: Uint32Array.from(files, (file) => this.files.indexOf(file) + 1) };
  }

  #probe(root: BytePath, targets: readonly ProbeTarget[]): ProbeBatch {
    const found = targets.map(({ path, ino, statDev }) =>
      this.files.find((file) => file.ino === ino && this.fs[file.fs].statDev === statDev && file.names.has(path === '' ? root : joinPath(root, path))),
    );
    return {
      count: targets.length,
      slot: Uint32Array.from(targets, (target) => target.slot),
      gone: Uint8Array.from(found, (file) => (file === undefined ? 1 : 0)),
      size: Float64Array.from(found, (file) => file?.size ?? 0),
      mtimeNs: BigInt64Array.from(found, (file) => file?.ctimeNs ?? 0n),
      ctimeNs: BigInt64Array.from(found, (file) => file?.ctimeNs ?? 0n),
      residency: this.#residency(found),
    };
  }

  #residency(files: readonly (ScriptedFile | undefined)[]): ResidencyColumns {
    const runs = files.flatMap((file, row) => [...(file?.pages ?? [])].sort(([a], [b]) => a - b).map(([page, dirty]) => [row, page, 1, dirty ? 1 : 0]));
    return {
      probedNs: Float64Array.from(files, (file) => (file === undefined || !this.residencyTold ? 0 : this.#ns())),
      probedMs: Float64Array.from(files, () => this.#epochMs()),
      resident: Float64Array.from(files, (file) => file?.pages.size ?? 0),
      dirty: Float64Array.from(files, (file) => [...(file?.pages.values() ?? [])].filter(Boolean).length),
      runs: Float64Array.from(this.residencyTold ? runs.flat() : []),
    };
  }
}

function mountOf(dev: number): Mount {
  return { id: 1, parent: 1, dev, root: '/' as BytePath, mountPoint: '/' as BytePath, fsType: 'ext4', source: '/dev/x' as BytePath, readOnly: false, fsOptions: 'rw' };
}

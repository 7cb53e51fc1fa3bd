import { PAGE_BYTES, pagesOf } from '../../model/index.js';
import type { BytePath, FileStat } from '../../model/index.js';
import { CacheProbe } from '../probe/cache-probe.js';
import { residencyKnown } from '../probe/residency-known.js';
import { Advice, close, EINVAL, ELOOP, ENOENT, ENOTDIR, ENOTTY, EOPNOTSUPP, EPERM, EXDEV, fadvise, fsMagic, Stat } from '../syscalls/index.js';
import { ChunkReader } from './chunk-reader.js';
import type { ChunkResult, ChunkSink } from './chunk-reader.js';
import { directReadMethod } from './direct-read-method.js';
import { readEncoded } from './encoded-read.js';
import { openDirect } from './open-direct.js';
import { FileReadError, vanished } from './read-error.js';
import type { Root } from './root.js';

/** What to read of which file. */
export interface ReadRequest {
  /** Relative to the root. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
  /** First byte. */
  readonly offset: number;
  /** Length in bytes; a range that reaches beyond the end of the file ends there. */
  readonly bytes: number;
  /** Deliver only what the disk holds, whatever the cache says. */
  readonly direct: boolean;
  /** Bytes of it that are cached, where that is known; else the kernel is asked. Not for what is read past the cache. */
  readonly cachedBytes?: number | undefined;
}

/** What reading a range cost, and how the file was before and after it. */
export interface ReadDone {
  readonly outcome: 'read';
  /** Bytes handed over; fewer than asked for at the end of the file, or if the sink wanted no more. */
  readonly bytes: number;
  /** Of them, bytes that were in the cache when reading began; 0 where the kernel does not tell. */
  readonly cacheBytes: number;
  readonly diskBytes: number;
  /** Whether the cache was passed by. False although `direct` was asked for if nothing was cached: then all came from the disk anyway. */
  readonly direct: boolean;
  readonly before: FileStat;
  readonly after: FileStat;
  /** Size, mtime or ctime moved while it was read: what was handed over may be neither the old content nor the new. */
  readonly changed: boolean;
}

/** The disk could not be read past the cache here: nothing was handed over. */
export interface ReadRefused {
  readonly outcome: 'no-direct-read';
  /** Why, for people. */
  readonly reason: string;
}

/** Shorter ranges come in with one read anyway. */
const ADVISED_BYTES = 128 * 1024;

/** What can be wrong with a way past the cache for one file, though its file system has it. */
const REFUSALS = new Set([-EINVAL, -EOPNOTSUPP, -ENOTTY, -EPERM]);
const GONE = new Set([-ENOENT, -ENOTDIR, -ELOOP, -EXDEV]);

/**
 * Reads units of files below a root: safely, with identity checked, and counting
 * what came from where. Synchronous: for threads that hash. One reader serves
 * one thread and reads one unit at a time, through one buffer of 1 MiB.
 */
export class UnitReader {
  readonly #root: Root;
  readonly #stat = new Stat();
  readonly #chunks = new ChunkReader();
  readonly #probe = new CacheProbe();
  /** By `st_dev`. */
  readonly #residencyKnown = new Map<number, boolean>();

  /** The root stays the caller's to close. */
  constructor(root: Root) {
    this.#root = root;
  }

  /**
   * Hands the range to `sink` in pieces of at most 1 MiB, in order. `opened` is
   * called before the first one, and may look at the file; its state is in
   * `stat` until it returns.
   *
   * @throws {FileReadError} `DUET_ERR_READ` with the byte offset: not permitted, or the disk failed
   * @throws {DuetError} `DUET_ERR_VANISHED`: gone, or another file by now
   */
  read(request: ReadRequest, sink: ChunkSink, opened?: (fd: number, stat: Stat) => void): ReadDone | ReadRefused {
    const fd = this.#open(request);
    try {
      opened?.(fd, this.#stat);
      const before = this.#stat.snapshot;
      const cached = request.direct ? this.#cachedBytes(fd, request) : (request.cachedBytes ?? this.#cachedBytes(fd, request));
      if (request.direct && cached !== 0) return this.#readDirect(fd, request, before, sink);
      if (cached === 0 && request.bytes > ADVISED_BYTES) fadvise(fd, request.offset, request.bytes, Advice.SEQUENTIAL);
      const result = this.#chunks.readBuffered(fd, request.offset, request.bytes, sink, before.size);
      return this.#done(fd, request, before, result, Math.min(cached ?? 0, result.bytes), false);
    } finally {
      close(fd);
    }
  }

  #open({ path, ino, statDev }: ReadRequest): number {
    const fd = this.#root.openFile(path);
    if (GONE.has(fd)) throw vanished(path, 'is no longer there', fd);
    if (fd < 0) throw new FileReadError(path, fd, 'open');
    const failed = this.#stat.read(fd);
    const same = failed === 0 && this.#stat.isRegular && this.#stat.ino === ino && this.#stat.dev === statDev;
    if (same) return fd;
    close(fd);
    if (failed < 0) throw new FileReadError(path, failed, 'open');
    throw vanished(path, 'is another file now');
  }

  /** Cached bytes of the range, of whole pages; undefined if it is not told. The file's state is in `#stat`. */
  #cachedBytes(fd: number, { offset, bytes, statDev }: ReadRequest): number | undefined {
    let known = this.#residencyKnown.get(statDev);
    if (known === undefined) this.#residencyKnown.set(statDev, (known = residencyKnown(fd)));
    if (!known) return undefined;
    const first = Math.floor(offset / PAGE_BYTES);
    const pages = pagesOf(Math.min(offset + bytes, this.#stat.size)) - first;
    if (pages <= 0) return 0;
    const cached = this.#probe.count(fd, first, pages, this.#stat.uid);
    return cached === undefined ? undefined : cached * PAGE_BYTES;
  }

  #readDirect(fd: number, request: ReadRequest, before: FileStat, sink: ChunkSink): ReadDone | ReadRefused {
    const { offset, bytes } = request;
    switch (directReadMethod(fsMagic(fd))) {
      case 'none':
        return refused('this file system cannot be read past the cache by this user');
      case 'encoded':
        return this.#ended(fd, request, before, readEncoded(fd, offset, bytes, this.#chunks, sink));
      case 'odirect': {
        const opened = openDirect(fd);
        if (opened.fd < 0) return refused(opened.fd === -EINVAL ? 'this file cannot be read with O_DIRECT' : 'the file cannot be opened with O_DIRECT');
        try {
          return this.#ended(fd, request, before, this.#chunks.readDirect(opened.fd, offset, bytes, opened.align, sink));
        } finally {
          close(opened.fd);
        }
      }
    }
  }

  #ended(fd: number, request: ReadRequest, before: FileStat, result: ChunkResult): ReadDone | ReadRefused {
    if (result.bytes === 0 && REFUSALS.has(result.errno)) return refused('the kernel refuses to read this file past the cache');
    return this.#done(fd, request, before, result, 0, true);
  }

  #done(fd: number, { path, offset }: ReadRequest, before: FileStat, { bytes, errno }: ChunkResult, cacheBytes: number, direct: boolean): ReadDone {
    if (errno < 0) throw new FileReadError(path, errno, 'read', offset + bytes);
    const failed = this.#stat.read(fd);
    if (failed < 0) throw new FileReadError(path, failed, 'read', offset + bytes);
    const after = this.#stat.snapshot;
    const changed = before.size !== after.size || before.mtimeNs !== after.mtimeNs || before.ctimeNs !== after.ctimeNs;
    return { outcome: 'read', bytes, cacheBytes, diskBytes: bytes - cacheBytes, direct, before, after, changed };
  }
}

function refused(reason: string): ReadRefused {
  return { outcome: 'no-direct-read', reason };
}

import { PAGE_BYTES } from '@duet/core/model';
import { ChunkReader, openDirect, readEncoded } from '@duet/core/kernel/read';
import type { ChunkResult, ChunkSink, Root } from '@duet/core/kernel/read';
import { Advice, cachedPages, cachestat, close, dirtyPages, errnoName, fadvise, Stat } from '@duet/core/kernel/syscalls';
import { sameState, SEGMENT_BYTES, segmentsOf } from '../record/record.js';
import type { FileState } from '../record/record.js';
import { readAttributes } from './attributes.js';
import { BegunFiles } from './begun-files.js';
import { Digests } from './digests.js';
import { FileSystems } from './file-systems.js';
import type { FileSystemTraits } from './file-systems.js';
import type { HashFailure, HashJob, HashResult } from './hash-job.js';

/** How often a file that changes while it is read is read. */
const TRIES = 3;
/** Clock ticks are 10 ms at most; twice that, for the clocks are read at different moments. */
const TICK_MS = 20;
/** Shorter ranges come in with one read anyway. */
const ADVISED_BYTES = 128 * 1024;
/** What opening says of a path that is no longer what it was. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV', 'ESTALE']);

/** Answer to a part that is not the last. */
const NO_DIGESTS = { whole: undefined, segments: [] } as const;

/** What reading past the cache says of a file for which its file system cannot do it. */
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTTY', 'EPERM']);

/** What of a range is cached, in bytes (undefined: the kernel does not say), and whether any of it waits to be written. */
interface Cached {
  readonly bytes: number | undefined;
  readonly dirty: boolean;
}

/**
 * Reads and hashes one file at a time, through one buffer; for threads.
 *
 * What `job.trustCache` does not vouch for, and is cached, is read past the
 * cache; where that cannot be done, from it, and the result says so.
 */
export class FileHasher {
  readonly #root: Root;
  readonly #stopped: () => boolean;
  readonly #chunks = new ChunkReader();
  readonly #fileSystems = new FileSystems();
  readonly #begun = new BegunFiles();
  readonly #stat = new Stat();

  /** Files lie below `root`; once `stopped`, every job ends as `aborted`. */
  constructor(root: Root, stopped: () => boolean) {
    this.#root = root;
    this.#stopped = stopped;
  }

  hash(job: HashJob): HashResult {
    if (this.#stopped()) return failure('aborted');
    const fd = this.#root.openFile(job.path);
    if (fd < 0) {
      const errno = errnoName(fd);
      return failure(GONE.has(errno) ? 'vanished' : 'failed', errno);
    }
    try {
      let result: HashResult = failure('vanished');
      // What came before a later part is of one version, and gone with it.
      const tries = job.part && job.offset > 0 ? 1 : TRIES;
      for (let tried = 0; tried < tries; tried++) {
        result = this.#hashOnce(fd, job);
        if (result.outcome !== 'changing') break;
      }
      if (job.part && (result.outcome !== 'hashed' || result.whole !== undefined)) this.#begun.forget(job);
      return result;
    } finally {
      close(fd);
    }
  }

  #hashOnce(fd: number, job: HashJob): HashResult {
    const failed = this.#stat.read(fd);
    if (failed < 0) return failure('failed', errnoName(failed));
    const same = this.#stat.ino === job.ino && (job.dev === 0 || this.#stat.dev === job.dev);
    if (!this.#stat.isRegular || !same) return failure('vanished');
    const nowMs = Date.now();
    const state = this.#stat.snapshot;
    const begun = job.part ? this.#begun.of(job, state) : undefined;
    if (begun === 'changed') return failure('changing', '', undefined, state);
    if (job.part && begun === undefined) return failure('broken', '', undefined, state);
    const end = endOf(job, state.size);
    const start = Math.min(job.offset, end);

    const fileSystem = this.#fileSystems.of(fd, this.#stat.dev);
    const cached = cachedIn(fd, start, end, fileSystem);
    // Pages that wait to be written did not come from the disk, whatever was known before.
    const suspect = fileSystem.hasDisk && (cached.dirty || (!job.trustCache && cached.bytes !== 0));
    const digests = begun?.digests ?? new Digests(start, end, job.whole, segmentsOf(state.size) > 0);
    const sink = (chunk: Buffer): boolean => {
      digests.update(chunk);
      return !this.#stopped();
    };
    const past = suspect ? this.#readPastCache(fd, start, end, fileSystem, sink) : undefined;
    const read = past ?? this.#readThroughCache(fd, start, end, cached, sink);

    if (this.#stopped()) return failure('aborted');
    if (read.errno < 0) return failure('failed', errnoName(read.errno), start + read.bytes, state);
    const isLast = begun === undefined || end === state.size;
    const attributes = job.attributes && isLast ? readAttributes(fd) : undefined;
    this.#stat.read(fd);
    if (read.bytes < end - start || !sameState(this.#stat, state)) return failure('changing', '', undefined, this.#stat.snapshot);
    const bytesFromCache = past ? 0 : (cached.bytes ?? 0);
    const flags = { fromMemory: suspect && !past, unsettled: nowMs - Number(state.ctimeNs / 1_000_000n) < TICK_MS || (cached.dirty && !past) };
    begun?.took(end, flags);
    return {
      outcome: 'hashed',
      state,
      ...(isLast ? digests.finish() : NO_DIGESTS),
      bytesFromCache,
      bytesFromDisk: end - start - bytesFromCache,
      direct: past !== undefined,
      ...(begun?.flags ?? flags),
      attributes,
    };
  }

  #readThroughCache(fd: number, start: number, end: number, cached: Cached, sink: ChunkSink): ChunkResult {
    if (cached.bytes === 0 && end - start > ADVISED_BYTES) fadvise(fd, start, end - start, Advice.SEQUENTIAL);
    return this.#chunks.readBuffered(fd, start, end - start, sink);
  }

  /** Undefined if this file cannot be read past the cache; nothing has gone to `sink` then. */
  #readPastCache(fd: number, start: number, end: number, fileSystem: FileSystemTraits, sink: ChunkSink): ChunkResult | undefined {
    if (fileSystem.directRead === 'none') return undefined;
    if (fileSystem.directRead === 'encoded') return unlessRefused(readEncoded(fd, start, end - start, this.#chunks, sink));
    const direct = openDirect(fd);
    if (direct.fd < 0) return undefined;
    try {
      return unlessRefused(this.#chunks.readDirect(direct.fd, start, end - start, direct.align, sink));
    } finally {
      close(direct.fd);
    }
  }
}

/** Where the job's range ends in a file of `size` bytes. */
function endOf({ whole, part, offset, bytes }: HashJob, size: number): number {
  if (!whole && offset % SEGMENT_BYTES !== 0) throw new RangeError(`no segment begins at byte ${offset}`);
  if (whole && !part) return size;
  return Math.min(part ? offset + bytes : Math.ceil((offset + bytes) / SEGMENT_BYTES) * SEGMENT_BYTES, size);
}

function cachedIn(fd: number, start: number, end: number, fileSystem: FileSystemTraits): Cached {
  if (start === end) return { bytes: 0, dirty: false };
  if (!fileSystem.residencyKnown || cachestat(fd, start, end - start) < 0) return { bytes: undefined, dirty: false };
  return { bytes: Math.min(cachedPages() * PAGE_BYTES, end - start), dirty: dirtyPages() > 0 };
}

/** Undefined where the kernel refuses to read this one file past the cache. */
function unlessRefused(result: ChunkResult): ChunkResult | undefined {
  return result.bytes === 0 && REFUSALS.has(errnoName(result.errno)) ? undefined : result;
}

function failure(outcome: HashFailure['outcome'], errno = '', offset?: number, state?: FileState): HashFailure {
  return { outcome, errno, offset, state };
}

import { DuetError, toDisplay } from '@duet/core';
import type { BytePath, CycleSummary, FileRef, PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { excludes } from '@duet/core/options';
import { HashPool } from './hash/hash-pool.js';
import type { HashedFile, HashFailure } from './hash/hash-job.js';
import { Limits } from './limits.js';
import type { ScrubOptions } from './options.js';
import { mismatchProblem, readProblem } from './problems.js';
import { prune } from './prune.js';
import { RecordBook } from './record/record-book.js';
import { sameState } from './record/record.js';
import { Tagger } from './tagger.js';
import { Verifier } from './verify/verifier.js';
import type { NamedFile } from './verify/verifier.js';

/** Of files over 64 MiB segments of 16 MiB are compared; of others, however the core cuts them, the whole. */
const LARGE_FILE_BYTES = 64 * 1024 * 1024;
const UNIT_BYTES = 16 * 1024 * 1024;

/** What a cycle has at hand between `open` and `close`. */
interface Open {
  readonly pool: HashPool;
  readonly book: RecordBook;
  readonly verifier: Verifier;
  readonly tagger: Tagger;
  readonly limits: Limits;
  /** When the cycle's run began, milliseconds since 1970. */
  readonly startedMs: number;
  /** Whether there were records before: without them nothing can have become stale. */
  readonly hadRecords: boolean;
}

/**
 * One cycle of scrub: reads every file and compares it with its record, or
 * records it.
 *
 * Where the file system can't be read past the cache (btrfs without root), a
 * file with cached pages that may not have come from the disk is compared all
 * the same, for a difference is one wherever it stands; but it does not count
 * as verified, and `close` says how many there were.
 */
export class ScrubTask implements PluginHooks {
  readonly #ctx: PluginContext<ScrubOptions>;
  readonly #excluded: (path: BytePath) => boolean;
  readonly #abort = (): void => this.#open?.pool.abort();
  #open: Open | undefined;
  #unverified = 0;

  constructor(ctx: PluginContext<ScrubOptions>) {
    this.#ctx = ctx;
    this.#excluded = excludes(ctx.config.exclude ?? []);
  }

  open(): void {
    const { config, log, path, signal, state } = this.#ctx;
    const book = new RecordBook(state);
    const startedMs = this.#ctx.now();
    const pool = new HashPool(path, config.threads);
    this.#open = {
      pool,
      book,
      startedMs,
      verifier: new Verifier(book, startedMs),
      tagger: new Tagger(pool, book, log),
      limits: new Limits(this.#ctx),
      hadRecords: !book.empty,
    };
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  accepts(file: FileRef): boolean {
    if (this.#excluded(file.path)) return false;
    const { olderThan } = this.#ctx.config;
    if (olderThan === undefined) return true;
    const { book, startedMs } = this.#opened();
    const record = book.get(file.no);
    if (!record || !sameState(record, file)) return true;
    const verifiedAtMs = book.verifiedAtMs(file.no, record);
    // What this run verified was old when it began.
    return verifiedAtMs <= startedMs - olderThan || verifiedAtMs >= startedMs;
  }

  /** One piece where they come in order, so that they need not all be cached at once; else some segments. */
  segmentBytes(file: FileRef): number {
    return this.continues(file) ? 1 : UNIT_BYTES;
  }

  /** In order where the digest of the whole is wanted: of all but the largest, for attributes, and to compare with a list. */
  continues(file: FileRef): boolean {
    if (file.size <= LARGE_FILE_BYTES || this.#ctx.config.xattrs) return true;
    return this.#opened().book.get(file.no)?.imported === true;
  }

  process(unit: Unit): Promise<UnitCost> {
    const { pool, limits } = this.#opened();
    const { file } = unit;
    limits.spend(0);
    const part = unit.continued === true;
    const whole = unit.whole || part;
    // No async functions on this path: a hundred thousand small files notice.
    return pool
      .hash({
        path: file.path,
        ino: file.id.ino,
        dev: file.dev,
        offset: unit.offset,
        bytes: unit.bytes,
        whole,
        part,
        trustCache: unit.cacheIsFromDisk,
        attributes: this.#ctx.config.xattrs && whole,
      })
      .then((result) => {
        if (result.outcome !== 'hashed') return this.#failed(unit, result);
        limits.spend(result.bytesFromCache + result.bytesFromDisk);
        return part && !result.whole ? costOf(result) : this.#hashed(unit, result);
      });
  }

  async finish(cycle: CycleSummary): Promise<void> {
    const { book, hadRecords } = this.#opened();
    if (!hadRecords) return;
    const pruned = await prune(book, this.#ctx.path, (no) => cycle.met(no));
    if (pruned > 0) this.#ctx.log.info(`forgot ${pruned} files that are no longer there`);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    if (!open) return;
    this.#open = undefined;
    open.limits.close();
    open.tagger.close();
    if (this.#unverified > 0) {
      this.#ctx.log.warn(
        `${this.#unverified} files were compared in memory only and do not count as verified: they are cached, were written since they were last read from the disk, and this file system can't be read past its cache by this user; run as root, or again when they have left the cache`,
      );
    }
    await open.pool.close();
  }

  #hashed({ file, offset }: Unit, hashed: HashedFile): UnitCost | Promise<UnitCost> {
    const { verifier, tagger } = this.#opened();
    const findings = verifier.take(this.#named(file), hashed.whole ? 0 : offset, hashed, this.#ctx.now());
    for (const finding of findings) this.#ctx.problem(mismatchProblem(file.path, finding));
    if (hashed.fromMemory) this.#unverified++;
    const cost = costOf(hashed);
    const tag = this.#ctx.config.xattrs && hashed.whole && findings.length === 0;
    return tag ? tagger.update(file.no, file.id.ino, file.path, hashed).then((seen) => ({ ...cost, seen, readAs: hashed.state })) : cost;
  }

  /** What is wrong with one file is reported, and the file counts as processed: the cycle goes on, and the next one looks again. */
  #failed({ file, offset, continued }: Unit, failure: HashFailure): UnitCost {
    const seen = failure.state ? { seen: failure.state } : {};
    switch (failure.outcome) {
      case 'aborted':
        throw this.#ctx.signal.reason;
      case 'vanished':
        throw new DuetError('DUET_ERR_VANISHED', {
          operation: 'scrub a file',
          message: `${toDisplay(file.path)} was deleted or replaced before it was read`,
          path: toDisplay(file.path),
        });
      case 'broken':
        return { bytesFromCache: 0, bytesFromDisk: 0, skipped: 'an earlier part of the file could not be read' };
      case 'changing':
        // Of a later part: what came before is of another version, and all comes again.
        if (offset > 0 && continued === true) break;
        this.#ctx.problem({
          path: file.path,
          code: 'DUET_ERR_CHANGING',
          message: 'the file changed each time it was read, three times',
          hint: 'the next cycle tries again; exclude files that never hold still',
        });
        break;
      case 'failed':
        this.#opened().verifier.takeFailure(this.#named(file), failure.state ?? file, failure.offset, failure.errno, this.#ctx.now());
        this.#ctx.problem(readProblem(file.path, failure.offset, failure.errno));
    }
    return { bytesFromCache: 0, bytesFromDisk: 0, ...seen };
  }

  #named(file: FileRef): NamedFile {
    const { path } = this.#ctx;
    return { no: file.no, ino: file.id.ino, path: file.path === '' ? path : (`${path === '/' ? '' : path}/${file.path}` as BytePath) };
  }

  #opened(): Open {
    if (!this.#open) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'scrub', message: 'a hook of scrub was called before open or after close' });
    return this.#open;
  }
}

function costOf({ bytesFromCache, bytesFromDisk, direct, state }: HashedFile): UnitCost {
  return { bytesFromCache, bytesFromDisk, direct, seen: state };
}

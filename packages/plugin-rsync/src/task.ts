import { DuetError } from '@duet/core';
import type { AtOnce, BytePath, FileRef, PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { ReadMode, ReadTurns } from '@duet/core/kernel/read';
import { Mirror } from './mirror.js';
import type { RsyncOptions } from './options.js';
import { lastPass } from './passes/last-pass.js';
import { survey } from './passes/survey.js';
import type { Survey } from './passes/survey.js';
import { checkPlaces } from './target/places.js';
import { syncFileSystem } from './target/sync.js';
import { transferBatch } from './transfer/batch.js';
import { Transfers } from './transfer/transfers.js';

const MIB = 2 ** 20;
/** Batches under way at once: one rsync leaves a core idle while its processes wait for each other. */
const AT_ONCE = 2;
/** Of what has to be read from the disk less goes into a batch, so that the disk does not wait for rsync to start. */
const COLD_BATCH_BYTES = 16 * MIB;

/** What a cycle has at hand between `open` and `close`. */
interface Open {
  readonly mirror: Mirror;
  readonly survey: Survey;
  readonly transfers: Transfers<BytePath>;
}

/** One cycle of a mirror: content in the order of the planner, by batches, then everything else by one last pass. */
export class RsyncTask implements PluginHooks {
  readonly #ctx: PluginContext<RsyncOptions>;
  readonly #turns = ReadTurns.ofProcess();
  readonly #abort = (): void => this.#open?.transfers.fail(this.#ctx.signal.reason);
  #mirror: Mirror | undefined;
  #open: Open | undefined;
  /** Whether something was written since the last sync. */
  #unsynced = false;

  constructor(ctx: PluginContext<RsyncOptions>) {
    this.#ctx = ctx;
  }

  async open(): Promise<void> {
    const { config: options, log, path, signal } = this.#ctx;
    checkPlaces(path, options);
    const mirror = new Mirror({ path, options, log, signal, alive: () => this.#ctx.alive() });
    this.#mirror = mirror;
    await mirror.open();
    const found = await survey(mirror.rsync, mirror.passes.survey);
    if (found.needed.size > 0) await mirror.prepare();
    log.debug(`${found.needed.size} files need data, ${found.bytes} bytes`);
    this.#open = {
      mirror,
      survey: found,
      transfers: new Transfers({
        limits: { bytes: this.#batchBytes, coldBytes: Math.min(this.#batchBytes, COLD_BATCH_BYTES), files: options.batchFiles, waitMs: options.batchMs },
        atOnce: options.bwlimit === undefined ? AT_ONCE : 1,
        total: found.needed.size,
        run: (names) => transferBatch(mirror.rsync, mirror.passes, names, mirror.source),
      }),
    };
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  accepts(file: FileRef): boolean {
    return this.#opened().survey.needed.has(file.path);
  }

  /** rsync takes whole files. */
  segmentBytes(): number {
    return 0;
  }

  /** Enough that the next batch is there when one ends. */
  atOnce(): AtOnce {
    const batches = AT_ONCE + 1;
    return { units: batches * this.#ctx.config.batchFiles, bytes: batches * this.#batchBytes, coldBytes: batches * COLD_BATCH_BYTES };
  }

  async process(unit: Unit): Promise<UnitCost> {
    const { transfers } = this.#opened();
    // rsync knows no turns: while others are waited for, what it is about to read is brought in with care.
    const isCareful = this.#turns.mode !== ReadMode.FREE && unit.cachedBytes < unit.bytes;
    if (isCareful) for await (const _ of this.#ctx.read(unit));
    await transfers.add(unit.file.path, { bytes: unit.bytes, coldBytes: unit.bytes - unit.cachedBytes });
    this.#unsynced = true;
    // As the scan knew it: a file that has changed since counts as changed, and the last pass compares all of them anyway.
    return { bytesFromCache: unit.cachedBytes, bytesFromDisk: unit.bytes - unit.cachedBytes, seen: unit.file };
  }

  /**
   * With `fsync`. Without, what is done is as durable as rsync leaves it: what
   * a power cut takes, the survey of the next run misses, whatever is marked
   * as done here, and its last pass puts right.
   */
  async checkpoint(): Promise<void> {
    const { target, fsync } = this.#ctx.config;
    if (!this.#unsynced || !fsync || target.kind !== 'local') return;
    this.#unsynced = false;
    await syncFileSystem(target.path);
  }

  async finish(): Promise<void> {
    const { mirror } = this.#opened();
    const { config, log } = this.#ctx;
    this.#unsynced = true;
    await lastPass({ rsync: mirror.rsync, passes: mirror.passes, sweeps: config.delete && config.maxDelete !== undefined, log, problem: (problem) => this.#ctx.problem(problem) });
  }

  async close(): Promise<void> {
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    this.#open?.transfers.fail(new Error('the mirror is closed'));
    await this.#open?.transfers.idle();
    await this.#mirror?.close();
    this.#open = undefined;
    this.#mirror = undefined;
  }

  get #batchBytes(): number {
    const { batchBytes, target } = this.#ctx.config;
    return batchBytes ?? (target.kind === 'local' ? 512 : 8) * MIB;
  }

  #opened(): Open {
    if (!this.#open) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'mirror', message: 'a hook of rsync was called before open or after close' });
    return this.#open;
  }
}

import { join } from 'node:path';
import { DuetError } from '@duet/core';
import type { AtOnce, BytePath, FileRef, PluginContext, PluginHooks, Unit, UnitCost } from '@duet/core';
import { ReadMode, ReadTurns } from '@duet/core/kernel/read';
import { splitPath } from '@duet/core/model';
import { Mirror } from './mirror.js';
import type { RsyncOptions } from './options.js';
import { lastPass } from './passes/last-pass.js';
import { newTarget } from './passes/new-target.js';
import { survey } from './passes/survey.js';
import type { Survey } from './passes/survey.js';
import { checkPlaces } from './target/places.js';
import { syncFileSystem } from './target/sync.js';
import { WriteBehind } from './target/write-behind.js';
import { CACHE_ROOM, cacheRoom, roomFor } from './transfer/room.js';
import type { Room } from './transfer/room.js';
import { DONE, transferBatch } from './transfer/batch.js';
import { NewFolders } from './transfer/new-folders.js';
import { PieceCopies } from './transfer/piece-copies.js';
import { Transfers } from './transfer/transfers.js';

/** Batches under way at once: processes of one rsync wait for each other, and sleep at its end. Where the cache is small, fewer: what they write takes room from what is still to be read. */
const AT_ONCE = 3;
const AT_ONCE_TIGHT = 2;
/** A batch goes when no file came for so long: then the planner waits for it. */
const QUIET_MS = 20;

/** What is only brought into the cache is read into here, by as many as are at it. */
const UNUSED = Buffer.allocUnsafeSlow(256 * 1024);

/** Where the cache is small, files from here on are copied here: rsync writes them as fast as it can, whether the disk keeps up or not. */
const COPIED_BYTES = 4 * 2 ** 20;

/** A file on its way. */
interface FileTransfer {
  readonly name: BytePath;
  readonly bytes: number;
  readonly coldBytes: number;
  /** Its folder: of one that is whole rsync takes but the name. Where the cache is small, none waits for others of its folder. */
  readonly group: BytePath | undefined;
  /** The version that is in its place, of a file that is only settled. */
  readonly placed?: FileRef;
}

/** What a cycle has at hand between `open` and `close`. */
interface Open {
  readonly mirror: Mirror;
  readonly survey: Survey;
  readonly transfers: Transfers<FileTransfer>;
  readonly room: Room;
  readonly writeBehind: WriteBehind | undefined;
  /** Absent: rsync takes whole files. */
  readonly pieces: PieceCopies | undefined;
}

/** One cycle of a mirror: content in the order of the planner, by batches, then everything else by one last pass. */
export class RsyncTask implements PluginHooks {
  readonly #ctx: PluginContext<RsyncOptions>;
  readonly #turns = ReadTurns.ofProcess();
  readonly #abort = (): void => this.#open?.transfers.fail(this.#ctx.signal.reason);
  #mirror: Mirror | undefined;
  #open: Open | undefined;
  /** Made for the first batch: a dry run has none. */
  #prepared: Promise<void> | undefined;
  /** Files that were reported already. */
  readonly #failed = new Set<BytePath>();
  /** Whether something was written since the last sync. */
  #unsynced = false;

  constructor(ctx: PluginContext<RsyncOptions>) {
    this.#ctx = ctx;
    ctx.provide(CACHE_ROOM, () => cacheRoom);
  }

  async open(): Promise<void> {
    const { config: options, exclude, log, path, signal, now } = this.#ctx;
    checkPlaces(path, options);
    const mirror = new Mirror({ path, options, exclude, log, signal, alive: () => this.#ctx.alive(), now });
    this.#mirror = mirror;
    await mirror.open();
    const most = options.bwlimit === undefined ? AT_ONCE : 1;
    const mostTight = Math.min(most, AT_ONCE_TIGHT);
    const readRoom = this.#ctx.resolve(CACHE_ROOM);
    let found = newTarget(mirror, options);
    const isNew = found !== undefined;
    let room = found && roomFor(options, found.bytes, mostTight, readRoom());
    // Where the cache may be too small for all of it, it matters how much it is.
    if (found === undefined || room === undefined || room.isTight) {
      found = await survey(mirror.rsync, mirror.passes.survey);
      room = roomFor(options, found.bytes, mostTight, readRoom());
      log.debug(`${found.files} files need data, ${found.bytes} bytes`);
    }
    const atOnce = room.isTight ? mostTight : most;
    const writeBehind = room.isTight && options.target.kind === 'local' ? new WriteBehind(options.target.path, join(options.target.path, mirror.unfinished)) : undefined;
    // What is written leaves a small cache file by file, as rsync finishes them.
    const newFolders = isNew && !room.isTight ? NewFolders.for(mirror, options) : undefined;
    const prepared = (): Promise<void> => (this.#prepared ??= mirror.prepare());
    const transfers = new Transfers<FileTransfer>({
      limits: { bytes: room.batchBytes, coldBytes: room.coldBatchBytes, files: options.batchFiles, waitMs: options.batchMs, quietMs: QUIET_MS },
      atOnce,
      run: async (all) => {
        await prepared();
        // One that has changed meanwhile comes again, or is the last pass's: rsync would send all of it here.
        const files = all.filter(({ placed }) => placed === undefined || mirror.ofUnchanged(placed) !== undefined);
        const names = files.map(({ name }) => name);
        // What comes from the disk comes no faster than what is written can leave.
        const isCached = files.every(({ coldBytes }) => coldBytes === 0);
        const outcomes = files.length === 0 ? [] : await transferBatch(mirror, names, isCached ? room.bytesPerSecond : Infinity, newFolders);
        await writeBehind?.drop(names);
        const outcomeOf = new Map(files.map((file, i) => [file, outcomes[i]]));
        return all.map((file) => outcomeOf.get(file) ?? DONE);
      },
    });
    const pieces = room.isTight
      ? PieceCopies.for(options, {
          mirror,
          prepared,
          read: (unit, into) => this.#ctx.read(unit, into),
          send: ({ path: name, size }) => transfers.add({ name, bytes: size, coldBytes: size, group: undefined }),
          settle: async (file, when) => {
            const settling = { name: file.path, bytes: 0, coldBytes: 0, group: undefined };
            if (when === 'soon') await transfers.add(settling);
            else transfers.putOff({ ...settling, placed: file });
          },
          log,
        })
      : undefined;
    this.#open = { mirror, survey: found, transfers, room, writeBehind, pieces };
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  accepts(file: FileRef): boolean {
    return this.#opened().survey.needs(file.path);
  }

  /** Whole files, which is what rsync takes; pieces where they are copied here. */
  segmentBytes(): number | undefined {
    return this.#opened().pieces === undefined ? 0 : undefined;
  }

  continues(): boolean {
    return this.#opened().pieces !== undefined;
  }

  /** Enough that the next batch is there when one ends. */
  atOnce(): AtOnce {
    const { batchBytes, coldBatchBytes, isTight } = this.#opened().room;
    const batches = (isTight ? AT_ONCE_TIGHT : AT_ONCE) + 1;
    return { units: batches * this.#ctx.config.batchFiles, bytes: batches * batchBytes, coldBytes: batches * coldBatchBytes };
  }

  async process(unit: Unit): Promise<UnitCost | void> {
    const { pieces } = this.#opened();
    let isReadHere = false;
    try {
      if (pieces === undefined || (unit.whole && unit.bytes < COPIED_BYTES)) await this.#send(unit);
      else isReadHere = await pieces.take(unit);
    } catch (error) {
      this.#failed.add(unit.file.path);
      throw error;
    }
    this.#unsynced = true;
    // What is read here is counted here, and what version it was is checked.
    if (isReadHere) return;
    // As the scan knew it: a file that has changed since counts as changed, and the last pass compares all of them anyway.
    return { bytesFromCache: unit.cachedBytes, bytesFromDisk: unit.bytes - unit.cachedBytes, seen: unit.file };
  }

  allGiven(): void {
    this.#opened().transfers.last();
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
    const { mirror, transfers } = this.#opened();
    const { config, log, path } = this.#ctx;
    await transfers.settle();
    this.#unsynced = true;
    await lastPass({
      rsync: mirror.rsync,
      passes: mirror.passes,
      source: path,
      sweeps: config.delete && config.maxDelete !== undefined,
      ...(config.target.kind === 'local' && config.modifyWindow === undefined ? { sides: { source: mirror.source, target: config.target.path, unfinished: mirror.unfinished } } : {}),
      log,
      problem: (problem) => {
        if (this.#failed.has(problem.path)) return;
        this.#failed.add(problem.path);
        this.#ctx.problem(problem);
      },
    });
  }

  async close(): Promise<void> {
    this.#ctx.signal.removeEventListener('abort', this.#abort);
    this.#open?.transfers.fail(new Error('the mirror is closed'));
    await this.#open?.transfers.idle();
    await this.#open?.pieces?.close();
    this.#open?.writeBehind?.close();
    await this.#mirror?.close();
    this.#open = undefined;
    this.#mirror = undefined;
  }

  async #send(unit: Unit): Promise<void> {
    const { transfers, room } = this.#opened();
    // rsync knows no turns: while others are waited for, what it is about to read is brought in with care.
    const isCareful = this.#turns.mode !== ReadMode.FREE && unit.cachedBytes < unit.bytes;
    if (isCareful) for await (const _ of this.#ctx.read(unit, UNUSED));
    await transfers.add({ name: unit.file.path, bytes: unit.bytes, coldBytes: unit.bytes - unit.cachedBytes, group: room.isTight ? undefined : splitPath(unit.file.path)[0] });
  }

  #opened(): Open {
    if (!this.#open) throw new DuetError('DUET_ERR_INTERNAL', { operation: 'mirror', message: 'a hook of rsync was called before open or after close' });
    return this.#open;
  }
}

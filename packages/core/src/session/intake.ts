import { isUnder } from '../model/index.js';
import type { BytePath, ProbeBatch, ResidencyColumns, ScannedFs } from '../model/index.js';
import type { ItemTable } from '../items/index.js';
import type { FileIndex } from './file-index.js';
import type { HubSession } from './hub-session.js';
import { cameFromDisk } from './trust.js';

const NONE = -1;
/**
 * The kernel tells that it marks a folio as dirty or clean before it does so,
 * on btrfs by some milliseconds: what was read so soon after an event is read
 * once more, in nanoseconds.
 */
const UNSETTLED_NS = 50e6;

/** A name as it stands in the index. */
export interface Place {
  readonly folder: number;
  readonly name: BytePath;
}

/** A name of a file that is not where it was. */
export interface MissingName extends Place {
  readonly slot: number;
  /** Absolute path under which it was looked for. */
  readonly path: BytePath;
}

/** What the intake asks of the hub. */
export interface IntakeOwner {
  readonly sessions: readonly HubSession[];
  /** Takes note of a file system that a scan met, and follows its events; gives CLOCK_MONOTONIC nanoseconds since when it does. */
  met(fs: ScannedFs): number;
  /** Events of the slot have to be settled by a probe. */
  stale(slot: number): void;
  /** Somebody has to look what is at this path now. */
  look(path: BytePath, isFolder: boolean): void;
  /** The name was not there when somebody looked. */
  missing(name: MissingName): void;
  /** The session cannot go on. */
  failed(session: HubSession, operation: string, error: unknown): void;
  /** Nobody will be told of the file any more, but that its pages are gone. */
  gone(slot: number): void;
  /** The file has no name left that is known. */
  nameless(slot: number): void;
}

/** Brings what is found out about files, by whatever means, into the item table and the index of files. */
export class Intake {
  readonly owner: IntakeOwner;
  readonly table: ItemTable;
  readonly index: FileIndex;
  #lastScan = 0;
  /** Least that was seen of what CLOCK_MONOTONIC lacks to the time since 1970: it grows when the machine sleeps, and a probe must not look younger than it is. */
  #epochOffsetMs = Infinity;

  constructor(owner: IntakeOwner, table: ItemTable, index: FileIndex) {
    this.owner = owner;
    this.table = table;
    this.index = index;
  }

  /** A number for the next scan, higher than those before. */
  nextScan(): number {
    return ++this.#lastScan;
  }

  get lastScan(): number {
    return this.#lastScan;
  }

  /** The file's slot, or -1. */
  find(dev: number, ino: number, fs: number, gen: number): number {
    return this.#among(this.table.files.find(dev, ino), fs, gen);
  }

  /** The file's slot; a new one, or that of its predecessor in the same inode, if it is met for the first time. */
  slotOf(dev: number, ino: number, fs: number, gen: number): number {
    const { table, index } = this;
    const { files } = table;
    const first = files.find(dev, ino);
    const known = this.#among(first, fs, gen);
    if (known !== NONE) return known;
    let predecessor = first;
    while (predecessor !== NONE && !(index.has(predecessor) && index.fsOf(predecessor) === index.fs[fs])) predecessor = files.twin(predecessor);
    const slot = predecessor === NONE ? table.addFile(dev, ino) : this.#successor(predecessor);
    index.identify(slot, fs, gen);
    return slot;
  }

  /** The file's slot, `first` or one of its twins, or -1. */
  #among(first: number, fs: number, gen: number): number {
    let slot = first;
    while (slot !== NONE && !this.index.is(slot, fs, gen)) slot = this.table.files.twin(slot);
    return slot;
  }

  /** Decides whether the file is relevant, for `scanning` and all who follow new files, if they have not met it yet. */
  decide(slot: number, path: BytePath, scanning: HubSession | undefined): void {
    const { table } = this;
    for (const session of this.owner.sessions) {
      if (!session.isOpen || !(session.followsNew || session === scanning)) continue;
      if (table.isSeen(slot, session.id) || !isUnder(path, session.path) || session.excludes(path)) continue;
      const relevant = this.#accepts(session, slot);
      // Who is asked may close any session.
      if (relevant !== undefined && session.isOpen) table.setRelevant(slot, session.id, relevant);
    }
  }

  /** Whether the session wants the file; one that can't tell is over. */
  #accepts(session: HubSession, slot: number): boolean | undefined {
    if (session.accepts === undefined) return true;
    try {
      return session.accepts(this.index.ref(slot, this.table.files.ino(slot), session.path));
    } catch (error) {
      this.owner.failed(session, 'ask whether a file is wanted', error);
      return undefined;
    }
  }

  /**
   * The file's names changed: decides anew for sessions whose path it came
   * into or left. One that is held back counts as wanted until `decide`, so
   * that none of its events is missed.
   */
  reconsider(slot: number): void {
    const { table } = this;
    const isHeld = table.files.held[slot] === 1;
    for (const session of this.owner.sessions) {
      if (!session.isOpen) continue;
      const path = this.index.pathUnder(slot, session.path, (other) => !session.excludes(other));
      if (path === undefined) {
        table.setRelevant(slot, session.id, false);
        table.forgetSeen(slot, session.id);
        session.left$.next(slot);
      } else if (session.followsNew && !table.isSeen(slot, session.id)) {
        if (isHeld) {
          table.setRelevant(slot, session.id, true);
          table.forgetSeen(slot, session.id);
        } else {
          this.decide(slot, path, undefined);
          if (table.files.snapshotNs[slot] === 0) this.owner.stale(slot);
        }
      }
    }
    if (!this.index.hasName(slot)) this.owner.nameless(slot);
  }

  /** Takes the answers of a probe of `paths` (absolute, one a row). */
  takeProbe(batch: ProbeBatch, paths: readonly BytePath[]): void {
    const runs = new RunCursor(batch.residency);
    for (let row = 0; row < batch.count; row++) {
      const slot = batch.slot[row];
      const entry = this.index.entryAt(paths[row]);
      if (entry === NONE || this.index.names.file(entry) !== slot) {
        // Its name changed meanwhile: the answer may be about another file.
        this.owner.stale(slot);
        continue;
      }
      if (batch.gone[row] === 1) {
        this.probedGone(slot, paths[row]);
        continue;
      }
      this.setStat(slot, batch.size[row], batch.mtimeNs[row], batch.ctimeNs[row]);
      this.applyResidency(slot, batch.residency, row, runs.of(row));
    }
  }

  /** A probe found the file not where it was. */
  probedGone(slot: number, path: BytePath): void {
    this.owner.look(path, false);
    // It may have another name by then.
    this.owner.stale(slot);
  }

  setStat(slot: number, size: number, mtimeNs: bigint, ctimeNs: bigint): void {
    const known = this.index.hasStat(slot);
    const moved = this.index.setStat(slot, size, mtimeNs, ctimeNs);
    if (!known || !moved) return;
    for (const session of this.owner.sessions) {
      if (!this.table.isRelevant(slot, session.id)) continue;
      // What was done was done to another version.
      this.table.resetDone(slot, session.id);
      session.moved$.next(slot);
    }
  }

  applyResidency(slot: number, columns: ResidencyColumns, row: number, runs: number[]): void {
    const probedNs = columns.probedNs[row];
    if (probedNs === 0) return;
    const { index, table } = this;
    const { snapshotNs } = table.files;
    // What an earlier probe saw counts only while the table remembers which pages it found.
    this.#epochOffsetMs = Math.min(this.#epochOffsetMs, columns.probedMs[row] - probedNs / 1e6);
    const probedMs = snapshotNs[slot] === 0 ? 0 : snapshotNs[slot] / 1e6 + this.#epochOffsetMs;
    const fromDisk = cameFromDisk(index.stat(slot).ctimeNs, index.fsOf(slot).mountedAfterMs, probedMs);
    const changed = index.movedSinceProbed(slot);
    if (!table.applySnapshot(slot, { probedNs, runs, fromDisk, changed }) || table.files.lastEventNs[slot] > probedNs - UNSETTLED_NS) this.owner.stale(slot);
    if (snapshotNs[slot] === probedNs) index.probed(slot);
  }

  /** The inode was reused: nothing decided about the old file holds for the new one. */
  #successor(old: number): number {
    const { table, index } = this;
    for (const session of this.owner.sessions) {
      table.resetDone(old, session.id);
      table.setRelevant(old, session.id, false);
    }
    index.dropNames(old);
    const slot = table.replaceFile(old);
    if (slot !== old) this.owner.gone(old);
    return slot;
  }
}

/** Walks the runs of residency columns row by row. */
export class RunCursor {
  readonly #runs: Float64Array;
  #at = 0;

  constructor(columns: ResidencyColumns) {
    this.#runs = columns.runs;
  }

  /** Runs of the row as the item table takes them; rows in ascending order. */
  of(row: number): number[] {
    const runs: number[] = [];
    const all = this.#runs;
    while (this.#at < all.length && all[this.#at] < row) this.#at += 4;
    for (; this.#at < all.length && all[this.#at] === row; this.#at += 4) {
      runs.push(all[this.#at + 1], all[this.#at + 2], all[this.#at + 3]);
    }
    return runs;
  }
}

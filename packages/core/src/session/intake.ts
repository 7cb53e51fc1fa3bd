import { isUnder, joinPath } from '../model/index.js';
import type { BytePath, ProbeBatch, ResidencyColumns, ScannedFs } from '../model/index.js';
import type { ItemTable } from '../items/index.js';
import type { FileIndex } from './file-index.js';
import type { HubSession } from './hub-session.js';
import type { NumberedBatch } from './survey.js';
import { cameFromDisk } from './trust.js';

/** What the intake asks of the hub. */
export interface IntakeOwner {
  readonly sessions: readonly HubSession[];
  /** Follows the file system's events; gives CLOCK_MONOTONIC nanoseconds since when it does. */
  follow(fs: ScannedFs): number;
  /** Events of the slot have to be settled by a probe. */
  stale(slot: number): void;
  /** There may be names that no scan has met. */
  lookForNewFiles(): void;
}

/** Brings what a scan or a probe found into the item table and the index of files. */
export class Intake {
  readonly #owner: IntakeOwner;
  readonly #table: ItemTable;
  readonly #index: FileIndex;
  /** By slot: the last scan that met the file. */
  readonly #scanned: number[] = [];
  #lastScan = 0;

  constructor(owner: IntakeOwner, table: ItemTable, index: FileIndex) {
    this.#owner = owner;
    this.#table = table;
    this.#index = index;
  }

  /** A reader of one scan's batches: folders and file systems are announced once a scan. */
  scan(root: BytePath): (batch: NumberedBatch) => number[] {
    const folders: number[] = [];
    const folderPaths: BytePath[] = [];
    const scanId = ++this.#lastScan;
    const scanned = this.#scanned;
    const fs: { number: number; info: ScannedFs; sinceNs: number }[] = [];
    return ({ batch, numbers }) => {
      for (const info of batch.newFs) fs.push({ number: this.#index.fsNumber(info), info, sinceNs: this.#owner.follow(info) });
      for (const { no, parent, name } of batch.newFolders) {
        folderPaths[no] = no === 0 ? root : joinPath(folderPaths[parent], name);
        folders[no] = this.#index.folderNumber(folderPaths[no]);
      }
      const runs = new RunCursor(batch.residency);
      const names = Buffer.from(batch.names.buffer, batch.names.byteOffset, batch.names.byteLength).toString('latin1');
      const slots: number[] = [];
      for (let row = 0; row < batch.count; row++) {
        const { number, info, sinceNs } = fs[batch.fs[row]];
        const slot = this.#slot(info.dev, batch.ino[row], number, batch.gen[row], numbers[row]);
        // A name that this scan does not find again is none any more.
        if (scanned[slot] !== scanId) this.#index.dropNamesUnder(slot, root);
        scanned[slot] = scanId;
        const name = names.slice(row === 0 ? 0 : batch.nameEnd[row - 1], batch.nameEnd[row]) as BytePath;
        this.#index.addName(slot, folders[batch.folder[row]], name);
        this.#setStat(slot, batch.size[row], batch.mtimeNs[row], batch.ctimeNs[row]);
        this.#decide(slot, name === '' ? folderPaths[0] : joinPath(folderPaths[batch.folder[row]], name));
        // What happened between the probe and the moment the events were followed is known to nobody.
        const probedNs = batch.residency.probedNs[row];
        if (probedNs !== 0 && probedNs < sinceNs && info.residencyKnown) this.#owner.stale(slot);
        this.#applyResidency(slot, batch.residency, row, runs.of(row));
        slots.push(slot);
      }
      return slots;
    };
  }

  /** Takes the answers of a probe of `paths` (absolute, one a row). Gives the slots that are gone under that name and have another one. */
  takeProbe(batch: ProbeBatch, paths: readonly BytePath[]): void {
    const runs = new RunCursor(batch.residency);
    for (let row = 0; row < batch.count; row++) {
      const slot = batch.slot[row];
      if (batch.gone[row] === 1) {
        this.#dropName(slot, paths[row]);
        continue;
      }
      this.#setStat(slot, batch.size[row], batch.mtimeNs[row], batch.ctimeNs[row]);
      this.#applyResidency(slot, batch.residency, row, runs.of(row));
    }
  }

  #slot(dev: number, ino: number, fs: number, gen: number, no: number): number {
    const { files } = this.#table;
    const first = files.find(dev, ino);
    let predecessor = -1;
    for (let slot = first; slot !== -1; slot = files.twin[slot]) {
      if (this.#index.is(slot, fs, gen)) return slot;
      if (this.#index.has(slot) && this.#index.fsOf(slot) === this.#index.fs[fs]) predecessor = slot;
    }
    // The inode was reused: its slot is the new file's now, and nothing decided about the old one holds.
    const slot = predecessor === -1 ? this.#table.addFile(dev, ino) : predecessor;
    for (const session of this.#owner.sessions) {
      this.#table.resetDone(slot, session.id);
      this.#table.setRelevant(slot, session.id, false);
    }
    files.seen[slot] = 0;
    this.#index.identify(slot, fs, gen, no);
    return slot;
  }

  /** Decides for every session that has not met the file under this path whether it is relevant. */
  #decide(slot: number, path: BytePath): void {
    for (const session of this.#owner.sessions) {
      if (this.#table.isRelevant(slot, session.id) || !isUnder(path, session.path)) continue;
      if (this.#table.isSeen(slot, session.id) || session.excludes(path)) continue;
      const relevant = session.accepts === undefined || session.accepts(this.#index.ref(slot, this.#table.files.ino[slot], session.path));
      this.#table.setRelevant(slot, session.id, relevant);
    }
  }

  #setStat(slot: number, size: number, mtimeNs: bigint, ctimeNs: bigint): void {
    const known = this.#index.stat(slot).ctimeNs !== 0n;
    const moved = this.#index.setStat(slot, size, mtimeNs, ctimeNs);
    if (!known || !moved) return;
    for (const session of this.#owner.sessions) {
      if (this.#table.isRelevant(slot, session.id)) session.moved$.next(slot);
    }
  }

  #applyResidency(slot: number, columns: ResidencyColumns, row: number, runs: number[]): void {
    const probedNs = columns.probedNs[row];
    if (probedNs === 0) return;
    const { snapshotNs } = this.#table.files;
    // What an earlier probe saw counts only while the table remembers which pages it found.
    const probedMs = snapshotNs[slot] === 0 ? 0 : this.#index.probedMs(slot);
    const fromDisk = cameFromDisk(this.#index.stat(slot).ctimeNs, this.#index.fsOf(slot).mountedAfterMs, probedMs);
    const changed = this.#index.movedSinceProbed(slot);
    if (!this.#table.applySnapshot(slot, { probedNs, runs, fromDisk, changed })) this.#owner.stale(slot);
    else if (snapshotNs[slot] === probedNs) this.#index.setProbedMs(slot, columns.probedMs[row]);
  }

  /** The file has lost a name: under its others it is still relevant to some, or it is gone for all. */
  #dropName(slot: number, path: BytePath): void {
    const others = this.#index.dropName(slot, path);
    for (const session of this.#owner.sessions) {
      if (!this.#table.isRelevant(slot, session.id)) continue;
      if (this.#index.pathUnder(slot, session.path) !== undefined) continue;
      this.#table.setRelevant(slot, session.id, false);
      this.#table.forgetSeen(slot, session.id);
    }
    if (others) this.#owner.stale(slot);
    else this.#owner.lookForNewFiles();
  }
}

/** Walks the runs of residency columns row by row. */
class RunCursor {
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

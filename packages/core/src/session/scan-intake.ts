import { joinPath, splitPath } from '../model/index.js';
import type { BytePath, FoundFolder, ScannedFs } from '../model/index.js';
import { NO_FOLDER } from './folder-tree.js';
import type { HubSession } from './hub-session.js';
import { RunCursor } from './intake.js';
import type { Intake, Place } from './intake.js';
import type { NumberedBatch } from './survey.js';

/** Whether a name, as it stands in the index, is one of some. */
export type NameFilter = (folder: number, name: BytePath) => boolean;

/**
 * Takes in one scan: its batches, and at its end what it did not meet.
 *
 * Folders and file systems are announced once a scan. `from` says which paths
 * the scan walks (absolute). Names for which `changedSince` is true changed
 * after the scan began: what it says of these is older than what is known.
 */
export class ScanIntake {
  readonly #intake: Intake;
  readonly #session: HubSession;
  readonly #from: readonly BytePath[];
  readonly #changedSince: NameFilter;
  readonly #scan: number;
  readonly #folders: number[] = [];
  readonly #fs: { readonly number: number; readonly info: ScannedFs; readonly sinceNs: number }[] = [];

  constructor(intake: Intake, session: HubSession, from: readonly BytePath[], changedSince: NameFilter = () => false) {
    this.#intake = intake;
    this.#session = session;
    this.#from = from;
    this.#changedSince = changedSince;
    this.#scan = intake.nextScan();
  }

  /** Takes a batch; gives the slots of its files. */
  take({ batch, numbers }: NumberedBatch): number[] {
    const { owner, index, table } = this.#intake;
    for (const info of batch.newFs) {
      this.#fs.push({ number: index.fsNumber(info), info, sinceNs: owner.met(info) });
      if (info.sharesNumbers) table.shareNumbers(info.dev);
    }
    for (const folder of batch.newFolders) this.#addFolder(folder);
    const runs = new RunCursor(batch.residency);
    const names = Buffer.from(batch.names.buffer, batch.names.byteOffset, batch.names.byteLength).toString('latin1');
    const slots: number[] = [];
    for (let row = 0; row < batch.count; row++) {
      const { number, info, sinceNs } = this.#fs[batch.fs[row]];
      const place = this.#placeOf(batch.folder[row], names.slice(row === 0 ? 0 : batch.nameEnd[row - 1], batch.nameEnd[row]) as BytePath);
      const isOld = this.#changedSince(place.folder, place.name);
      // Not even who it is may be true any more: its inode may be another file's by now.
      if (isOld && !this.#isKnown(info.dev, batch.ino[row], number, batch.gen[row], place)) continue;
      const slot = this.#intake.slotOf(info.dev, batch.ino[row], number, batch.gen[row]);
      index.setNo(slot, numbers[row]);
      const displaced = index.addName(slot, place.folder, place.name, this.#scan);
      if (displaced !== -1) this.#intake.reconsider(displaced);
      const path = joinPath(index.folders.path(place.folder), place.name);
      this.#intake.setStat(slot, batch.size[row], batch.mtimeNs[row], batch.ctimeNs[row]);
      this.#intake.decide(slot, path, this.#session);
      if (table.files.held[slot] !== 0) table.files.held[slot] = 0;
      // What happened between the probe and the moment the events were followed is known to nobody.
      const probedNs = batch.residency.probedNs[row];
      if (probedNs !== 0 && probedNs < sinceNs && info.residencyKnown) owner.stale(slot);
      this.#intake.applyResidency(slot, batch.residency, row, runs.of(row));
      slots.push(slot);
    }
    return slots;
  }

  /** The scan came to its end: names and folders that it did not meet are no longer there. */
  over(): void {
    const { index } = this.#intake;
    const lost = new Set<number>();
    const drop = (entry: number): void => {
      const slot = index.names.file(entry);
      if (this.#changedSince(index.names.folder(entry), index.names.name(entry))) return;
      index.removeName(entry);
      lost.add(slot);
    };
    const folders = this.#from.map((path) => index.folders.find(path)).filter((folder) => folder !== NO_FOLDER);
    if (folders.length > 0) {
      const inside = new Set(folders.flatMap((folder) => [...index.folders.subtree(folder)]));
      index.names.forEach((entry) => {
        if (index.names.met(entry) < this.#scan && inside.has(index.names.folder(entry)) && !this.#session.excludes(index.path(entry))) drop(entry);
      });
      index.folders.drop(this.#unmet(inside));
    }
    for (const path of this.#from) {
      const entry = index.entryAt(path);
      if (entry === -1 || index.names.met(entry) >= this.#scan) continue;
      const [slot, folder, name] = [index.names.file(entry), index.names.folder(entry), index.names.name(entry)];
      if (!this.#changedSince(folder, name)) this.#intake.owner.missing({ slot, folder, name, path });
    }
    for (const slot of lost) this.#intake.reconsider(slot);
  }

  /** Of these folders, those that the scan did not meet, and that hold nothing which is still known. */
  #unmet(folders: ReadonlySet<number>): Set<number> {
    const { index } = this.#intake;
    const unmet = new Set(folders);
    for (const folder of folders) {
      const isKept = index.folders.met(folder) >= this.#scan || index.names.inFolder(folder) > 0 || this.#session.excludes(index.folders.path(folder));
      for (let kept = folder; isKept && unmet.delete(kept); ) kept = index.folders.parent(kept);
    }
    return unmet;
  }

  #addFolder({ no, parent, name, inode }: FoundFolder): void {
    const { folders } = this.#intake.index;
    // The path itself may be a file: it becomes a folder when something is found in it.
    if (no === 0 && inode === undefined) return;
    const folder = no === 0 ? folders.at(this.#session.path) : folders.child(this.#folder(parent), name);
    this.#folders[no] = folder;
    if (inode !== undefined) {
      folders.meet(folder, this.#scan);
      const { dev, subvolume } = this.#fs[inode.fs].info;
      folders.identify(folder, dev, { ino: inode.ino, gen: 0, subvolume });
    }
  }

  #folder(no: number): number {
    return (this.#folders[no] ??= this.#intake.index.folders.at(this.#session.path));
  }

  /** Where a row's name stands: the path itself, if it is a file, has none of its own. */
  #placeOf(folder: number, name: BytePath): Place {
    if (name !== '') return { folder: this.#folder(folder), name };
    const [parent, own] = splitPath(this.#session.path);
    return { folder: this.#intake.index.folders.at(parent), name: own };
  }

  /** Whether the name is that file's, by what is known already. */
  #isKnown(dev: number, ino: number, fs: number, gen: number, { folder, name }: Place): boolean {
    const slot = this.#intake.find(dev, ino, fs, gen);
    return slot !== -1 && this.#intake.index.holds(slot, folder, name);
  }
}

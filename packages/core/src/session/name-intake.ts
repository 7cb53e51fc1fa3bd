import { BTRFS_TOP, isBelowTop } from '../kernel/index.js';
import { isUnder, joinPath } from '../model/index.js';
import type { BytePath, FolderEntry, NameEvent, NameSink } from '../model/index.js';
import { NO_FOLDER } from './folder-tree.js';
import type { Intake, MissingName, Place } from './intake.js';
import type { Looker } from './looker.js';

/** Changes that may wait for a scan; where there are more, another scan is cheaper. */
const WAITING_MAX = 65_536;

/** What the changes of names mean for sessions. */
export interface NameOwner {
  /** Whether a scan is under way: what it says is only understood together with the changes meanwhile, after it. */
  readonly scanning: boolean;
  /** Whether changes of that name matter: a session wants files below the path, or is below it itself, and nothing is mounted there. */
  concerns(path: BytePath): boolean;
  /** Only a scan can tell what there is now. */
  scanForNames(): void;
  /** A name changed. */
  happened(): void;
}

/**
 * Keeps the index of files true to the changes of names that the kernel tells:
 * new files are tracked from their first event, renamed ones keep what is
 * known of them, and folders take along what is below.
 */
export class NameIntake implements NameSink {
  readonly #owner: NameOwner;
  readonly #intake: Intake;
  readonly #looker: Looker;
  #waiting: NameEvent[] = [];
  /** Slots of files whose names changed: what it means to sessions is seen when all changes of a moment are known. */
  readonly #changed = new Set<number>();
  readonly #missing: MissingName[] = [];
  /** Slots of new files that nobody has looked at yet. */
  readonly #held = new Set<number>();

  constructor(owner: NameOwner, intake: Intake, looker: Looker) {
    this.#owner = owner;
    this.#intake = intake;
    this.#looker = looker;
  }

  named(event: NameEvent): void {
    this.#owner.happened();
    // It may be the first that is heard of another subvolume, wherever that is: page events of its files come next.
    if (isBelowTop(event.target.subvolume)) this.#intake.table.shareNumbers(event.dev);
    if (this.#waiting.length === 0 && !this.#mustWait) this.#take(event);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push(event);
    else this.namesLost();
  }

  namesLost(): void {
    this.#waiting = [];
    this.#owner.scanForNames();
  }

  /**
   * The name was not there when somebody looked. The change that took it, or a
   * folder above it, may still be waiting, and says where it went: until then
   * nothing is forgotten.
   */
  missing(name: MissingName): void {
    this.#missing.push(name);
  }

  /** All changes of this moment were told; those that waited for a scan follow, if it is over. */
  pump(): void {
    if (this.#isIdle) return;
    for (const slot of this.#held) if (this.#intake.table.files.held[slot] === 0) this.#held.delete(slot);
    if (this.#waiting.length > 0 && !this.#mustWait) {
      const waiting = this.#waiting;
      this.#waiting = [];
      // One of them may make the others wait again.
      for (const event of waiting) this.named(event);
    }
    if (this.#missing.length > 0 && !this.#mustWait) this.#settleMissing();
    for (const slot of this.#changed) {
      this.#intake.reconsider(slot);
      this.#lookAtHeld(slot);
    }
    this.#changed.clear();
  }

  get #isIdle(): boolean {
    return this.#changed.size === 0 && this.#waiting.length === 0 && this.#missing.length === 0 && this.#held.size === 0;
  }

  get #mustWait(): boolean {
    return this.#owner.scanning || this.#looker.awaitsFolders;
  }

  #settleMissing(): void {
    const { index } = this.#intake;
    for (const { slot, folder, name, path } of this.#missing.splice(0)) {
      const entry = index.names.find(folder, name);
      if (entry === -1 || index.names.file(entry) !== slot) continue;
      if (index.path(entry) === path) index.removeName(entry);
      this.#changed.add(slot);
    }
  }

  #take(event: NameEvent): void {
    const from = this.#placesOf(event.dev, event.from);
    const to = this.#placesOf(event.dev, event.to);
    for (const { folder, name } of from) this.#looker.changed(folder, name);
    for (const { folder, name } of to) this.#looker.changed(folder, name);
    if (event.unsure === true) for (const place of to) this.#look(place, event.isFolder);
    else if (event.isFolder) this.#takeFolder(event, from, to);
    else this.#takeFile(event, from, to);
  }

  #takeFile(event: NameEvent, from: readonly Place[], to: readonly Place[]): void {
    const { index } = this.#intake;
    const fs = index.fsOfInode(event.dev, event.target.subvolume);
    // Of a subvolume that was never met nothing else is known.
    if (fs === -1) return to.forEach((place) => this.#look(place, false));
    let slot = this.#intake.find(event.dev, event.target.ino, fs, event.target.gen);
    if (slot !== -1) for (const { folder, name } of from) index.dropName(slot, folder, name);
    if (slot === -1 && to.length > 0) {
      slot = this.#intake.slotOf(event.dev, event.target.ino, fs, event.target.gen);
      this.#intake.table.files.held[slot] = 1;
      this.#held.add(slot);
    }
    for (const place of to) {
      const displaced = index.addName(slot, place.folder, place.name, this.#intake.lastScan);
      if (displaced !== -1) this.#changed.add(displaced);
    }
    if (slot !== -1) this.#changed.add(slot);
  }

  #takeFolder(event: NameEvent, from: readonly Place[], to: readonly Place[]): void {
    const { folders } = this.#intake.index;
    const before = from
      .map(({ folder, name }) => folders.childOf(folder, name))
      .filter((folder) => folder !== NO_FOLDER && folders.shows(folder, event.dev, event.target));
    const after = to.filter(({ folder, name }) => {
      const there = folders.childOf(folder, name);
      if (there === NO_FOLDER) return true;
      if (folders.shows(there, event.dev, event.target)) return false;
      this.#dropFolder(there);
      return true;
    });
    for (const place of after) {
      const moved = before.shift();
      // Changes that the kernel merged are told out of order: a folder is never below itself.
      if (moved !== undefined && folders.isWithin(place.folder, moved)) this.#owner.scanForNames();
      else if (moved !== undefined) this.#moveFolder(moved, place);
      else this.#addFolder(event, place);
    }
    for (const folder of before) this.#dropFolder(folder);
  }

  #addFolder(event: NameEvent, place: Place): void {
    const { folders } = this.#intake.index;
    folders.identify(folders.child(place.folder, place.name), event.dev, event.target);
    // What is made is empty; what is moved here is not, and the top of a subvolume may be a snapshot's.
    const isFull = event.from !== undefined || (event.target.ino === BTRFS_TOP.ino && event.target.subvolume !== 0);
    if (isFull) this.#look(place, true);
  }

  #moveFolder(folder: number, to: Place): void {
    const { folders } = this.#intake.index;
    const before = folders.path(folder);
    folders.move(folder, to.folder, to.name);
    const after = folders.path(folder);
    // Who was to be looked at may be somewhere else now.
    for (const slot of this.#held) this.#changed.add(slot);
    const crosses = this.#intake.owner.sessions.some(
      (session) => session.hasExcludes || isUnder(before, session.path) !== isUnder(after, session.path) || isUnder(session.path, before) || isUnder(session.path, after),
    );
    if (crosses) this.#reconsiderBelow(folder);
  }

  #dropFolder(folder: number): void {
    const { folders, names } = this.#intake.index;
    const subtree = folders.subtree(folder);
    if (this.#hasNames(subtree)) {
      names.forEach((entry) => {
        if (!subtree.has(names.folder(entry))) return;
        this.#changed.add(names.file(entry));
        this.#intake.index.removeName(entry);
      });
    }
    folders.drop(subtree);
  }

  #reconsiderBelow(folder: number): void {
    const { folders, names } = this.#intake.index;
    const subtree = folders.subtree(folder);
    if (!this.#hasNames(subtree)) return;
    names.forEach((entry) => {
      if (subtree.has(names.folder(entry))) this.#changed.add(names.file(entry));
    });
  }

  #hasNames(subtree: ReadonlySet<number>): boolean {
    for (const folder of subtree) if (this.#intake.index.names.inFolder(folder) > 0) return true;
    return false;
  }

  /** Where a name stands in the index: once for each mount through which its folder is seen, if anybody cares. */
  #placesOf(dev: number, entry: FolderEntry | undefined): Place[] {
    if (entry === undefined) return [];
    const { folders } = this.#intake.index;
    return folders
      .views(dev, entry.folder)
      .filter((folder) => this.#owner.concerns(joinPath(folders.path(folder), entry.name)))
      .map((folder) => ({ folder, name: entry.name }));
  }

  #lookAtHeld(slot: number): void {
    const { table, index } = this.#intake;
    if (table.files.held[slot] === 1 && index.hasName(slot)) this.#intake.owner.look(index.path(index.names.first(slot)), false);
  }

  #look({ folder, name }: Place, isFolder: boolean): void {
    this.#intake.owner.look(joinPath(this.#intake.index.folders.path(folder), name), isFolder);
  }
}

import { BY_QUARTERS, columnBlock, EMPTY, fromBytes, IdTable } from '../model/index.js';
import type { BytePath, Columns, Layout } from '../model/index.js';

const NONE = -1;
/** Most bytes in a name (NAME_MAX): one more tells how many there are. */
const NAME_BYTES = 255;
const LENGTH_BYTES = 1;
/** Where the first name's bytes start. */
const BYTES_START = 1;
/** Bytes of names given up before the others are moved together. */
const GARBAGE_MIN = 1 << 20;

const LAYOUT = {
  folder: [Uint32Array, 1],
  /** Where the name's bytes start; 0: there is none. */
  at: [Uint32Array, 1],
  /** Youngest scan that met the name. */
  met: [Uint32Array, 1],
} as const satisfies Layout;

/** Whose name it is, by its place. */
const FILE = { slot: [Uint32Array, 1] } as const satisfies Layout;
const BYTES = { all: [Uint8Array, 1] } as const satisfies Layout;

/**
 * Every name of every file: which file, in which folder; found by file, and by
 * folder and name. About 18 bytes a name, and the bytes of the name itself.
 *
 * Entries are numbers: even ones are the first names of files, which stand at
 * their slots; odd ones are further names, which few files have. The number of
 * a name that was removed may be another's, and that of a further one changes
 * when it becomes the first.
 */
export class NameTable {
  #first: Columns<typeof LAYOUT> = columnBlock(LAYOUT, 1024);
  #further: Columns<typeof LAYOUT> = columnBlock(LAYOUT, 1024);
  #fileOfFurther: Columns<typeof FILE> = columnBlock(FILE, 1024);
  #bytes: Columns<typeof BYTES> = columnBlock(BYTES, 32 * 1024);
  readonly #byName = new IdTable((entry) => this.#hashAt(entry), BY_QUARTERS);
  /** The next name of the same file, where there is one. */
  readonly #next = new Map<number, number>();
  /** How many names stand in each folder. */
  readonly #inFolder: number[] = [];
  /** Places of further names that were removed. */
  readonly #free: number[] = [];
  /** Places of further names in use, or free again. */
  #furtherLength = 0;
  /** Goes up with each change. */
  changes = 0;
  #bytesUsed = BYTES_START;
  #garbage = 0;

  /** First name of a file, or -1. */
  first(file: number): number {
    return file < this.#first.at.length && this.#first.at[file] !== 0 ? firstEntry(file) : NONE;
  }

  /** The next name of the same file, or -1. */
  next(entry: number): number {
    return this.#next.get(entry) ?? NONE;
  }

  file(entry: number): number {
    return isFirst(entry) ? placeOf(entry) : this.#fileOfFurther.slot[placeOf(entry)];
  }

  folder(entry: number): number {
    return this.#rows(entry).folder[placeOf(entry)];
  }

  name(entry: number): BytePath {
    const start = this.#at(entry) + LENGTH_BYTES;
    return fromBytes(this.#bytes.all.subarray(start, start + this.#bytes.all[start - LENGTH_BYTES]));
  }

  /** Number of the youngest scan that met the name: several go on at the same time. */
  met(entry: number): number {
    return this.#rows(entry).met[placeOf(entry)];
  }

  meet(entry: number, scan: number): void {
    this.changes++;
    this.#rows(entry).met[placeOf(entry)] = Math.max(this.met(entry), scan);
  }

  /** How many names stand in the folder. */
  inFolder(folder: number): number {
    return this.#inFolder[folder] ?? 0;
  }

  /** The entry of a name in a folder, or -1. */
  find(folder: number, name: BytePath): number {
    const table = this.#byName;
    const { ids } = table;
    let at = table.home(hashOf(folder, name));
    while (ids[at] !== EMPTY && !this.#is(ids[at], folder, name)) at = table.after(at);
    return ids[at];
  }

  /** Adds a name that is not there yet; a further one of its file comes last. */
  add(file: number, folder: number, name: BytePath, scan: number): void {
    this.changes++;
    // Before there is an entry: names may be moved together for it.
    const at = this.#store(name);
    const entry = this.#newEntry(file);
    const rows = this.#rows(entry);
    rows.folder[placeOf(entry)] = folder;
    rows.at[placeOf(entry)] = at;
    rows.met[placeOf(entry)] = scan;
    this.#byName.add(entry);
    this.#inFolder[folder] = this.inFolder(folder) + 1;
  }

  remove(entry: number): void {
    this.changes++;
    this.#byName.remove(entry);
    this.#inFolder[this.folder(entry)]--;
    this.#garbage += LENGTH_BYTES + this.#bytes.all[this.#at(entry)];
    const next = this.next(entry);
    if (!isFirst(entry)) this.#unlink(entry);
    else if (next !== NONE) this.#makeFirst(next, entry);
    else this.#first.at[placeOf(entry)] = 0;
  }

  /** Calls `visit` with each entry; it may remove that one. */
  forEach(visit: (entry: number) => void): void {
    // First those that may move to where others were.
    for (let place = 0; place < this.#furtherLength; place++) if (this.#further.at[place] !== 0) visit(furtherEntry(place));
    for (let file = 0; file < this.#first.at.length; file++) if (this.#first.at[file] !== 0) visit(firstEntry(file));
  }

  #rows(entry: number): Columns<typeof LAYOUT> {
    return isFirst(entry) ? this.#first : this.#further;
  }

  /** Where the name's bytes start. */
  #at(entry: number): number {
    return this.#rows(entry).at[placeOf(entry)];
  }

  /** An entry for one more name of the file. */
  #newEntry(file: number): number {
    let last = this.first(file);
    if (last === NONE) {
      while (file >= this.#first.at.length) this.#first = columnBlock(LAYOUT, this.#first.at.length * 2, this.#first);
      return firstEntry(file);
    }
    for (let next = this.next(last); next !== NONE; next = this.next(last)) last = next;
    const entry = furtherEntry(this.#free.pop() ?? this.#newPlace());
    this.#fileOfFurther.slot[placeOf(entry)] = file;
    this.#next.set(last, entry);
    return entry;
  }

  #newPlace(): number {
    const length = this.#furtherLength;
    if (length === this.#further.at.length) {
      this.#further = columnBlock(LAYOUT, length * 2, this.#further);
      this.#fileOfFurther = columnBlock(FILE, length * 2, this.#fileOfFurther);
    }
    return this.#furtherLength++;
  }

  /** Takes a further name out of the list of its file. */
  #unlink(entry: number): void {
    const after = this.next(entry);
    let before = this.first(this.file(entry));
    while (this.next(before) !== entry) before = this.next(before);
    if (after === NONE) this.#next.delete(before);
    else this.#next.set(before, after);
    this.#next.delete(entry);
    this.#further.at[placeOf(entry)] = 0;
    this.#free.push(placeOf(entry));
  }

  /** Puts a further name, the next one, in the place of the first, which was removed. */
  #makeFirst(further: number, first: number): void {
    this.#byName.remove(further);
    for (const name of ['folder', 'at', 'met'] as const) this.#first[name][placeOf(first)] = this.#further[name][placeOf(further)];
    this.#byName.add(first);
    this.#unlink(further);
  }

  #store(name: BytePath): number {
    if (name.length > NAME_BYTES) throw new RangeError(`a name has ${name.length} bytes, more than ${NAME_BYTES}`);
    const needed = LENGTH_BYTES + name.length;
    if (this.#bytesUsed + needed > this.#bytes.all.length) {
      if (this.#garbage > GARBAGE_MIN && this.#garbage * 2 > this.#bytesUsed) this.#compact();
      else this.#bytes = columnBlock(BYTES, this.#bytes.all.length * 2, this.#bytes);
    }
    const at = this.#bytesUsed;
    const { all } = this.#bytes;
    all[at] = name.length;
    for (let i = 0; i < name.length; i++) all[at + LENGTH_BYTES + i] = name.charCodeAt(i);
    this.#bytesUsed += needed;
    return at;
  }

  /** Moves the names that are left together. */
  #compact(): void {
    const old = this.#bytes.all;
    const bytes = columnBlock(BYTES, old.length);
    let used = BYTES_START;
    this.forEach((entry) => {
      const at = this.#at(entry);
      const length = LENGTH_BYTES + old[at];
      bytes.all.set(old.subarray(at, at + length), used);
      this.#rows(entry).at[placeOf(entry)] = used;
      used += length;
    });
    this.#bytes = bytes;
    this.#bytesUsed = used;
    this.#garbage = 0;
  }

  #is(entry: number, folder: number, name: BytePath): boolean {
    const at = this.#at(entry);
    const { all } = this.#bytes;
    if (this.folder(entry) !== folder || all[at] !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (all[at + LENGTH_BYTES + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #hashAt(entry: number): number {
    const at = this.#at(entry);
    const { all } = this.#bytes;
    let hash = seed(this.folder(entry));
    for (let i = 1; i <= all[at]; i++) hash = mix(hash, all[at + i]);
    return spread(hash);
  }
}

function isFirst(entry: number): boolean {
  return (entry & 1) === 0;
}

function firstEntry(file: number): number {
  return file * 2;
}

function furtherEntry(place: number): number {
  return place * 2 + 1;
}

/** Where an entry stands in its columns; that of a first name is the file's slot. */
function placeOf(entry: number): number {
  return entry >>> 1;
}

function hashOf(folder: number, name: BytePath): number {
  let hash = seed(folder);
  for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i));
  return spread(hash);
}

/** FNV-1a, with the folder before the name. */
function seed(folder: number): number {
  return Math.imul(0x811c9dc5 ^ folder, 0x9e3779b1);
}

function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** The last byte of a name has hardly changed the high bits yet. */
function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
}

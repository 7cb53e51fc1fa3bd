import { columnBlock, EMPTY, fromBytes, IdTable } from '../model/index.js';
import type { BytePath, Columns, Layout } from '../model/index.js';

const NONE = -1;
/** Most bytes in a name (NAME_MAX): one more tells how many there are. */
const NAME_BYTES = 255;
const LENGTH_BYTES = 1;
/** Bytes of names given up before the others are moved together. */
const GARBAGE_MIN = 1 << 20;

const LAYOUT = {
  /** Slot of the file and 1; 0: the entry is free. */
  file: [Uint32Array, 1],
  folder: [Uint32Array, 1],
  /** Where the name's bytes start. */
  at: [Uint32Array, 1],
  /** Youngest scan that met the name. */
  met: [Uint32Array, 1],
} as const satisfies Layout;

/** By slot: the file's first entry and 1; 0: none. */
const FIRST = { entry: [Uint32Array, 1] } as const satisfies Layout;
const BYTES = { all: [Uint8Array, 1] } as const satisfies Layout;

/**
 * Every name of every file: which file, in which folder; found by file, and by
 * folder and name. About 30 bytes a name, and the bytes of the name itself.
 *
 * Entries are numbers; that of a name which was removed may be another's.
 */
export class NameTable {
  #rows: Columns<typeof LAYOUT> = columnBlock(LAYOUT, 1024);
  #first: Columns<typeof FIRST> = columnBlock(FIRST, 1024);
  #bytes: Columns<typeof BYTES> = columnBlock(BYTES, 32 * 1024);
  readonly #byName = new IdTable((entry) => this.#hashAt(entry));
  /** The next name of the same file, where there is one: few files have several. */
  readonly #next = new Map<number, number>();
  /** How many names stand in each folder. */
  readonly #inFolder: number[] = [];
  readonly #free: number[] = [];
  #entries = 0;
  #bytesUsed = 0;
  #garbage = 0;

  /** First name of a file, or -1. */
  first(file: number): number {
    return file < this.#first.entry.length ? this.#first.entry[file] - 1 : NONE;
  }

  /** The next name of the same file, or -1. */
  next(entry: number): number {
    return this.#next.get(entry) ?? NONE;
  }

  file(entry: number): number {
    return this.#rows.file[entry] - 1;
  }

  folder(entry: number): number {
    return this.#rows.folder[entry];
  }

  name(entry: number): BytePath {
    const start = this.#rows.at[entry] + LENGTH_BYTES;
    return fromBytes(this.#bytes.all.subarray(start, start + this.#bytes.all[start - LENGTH_BYTES]));
  }

  /** Number of the youngest scan that met the name: several go on at the same time. */
  met(entry: number): number {
    return this.#rows.met[entry];
  }

  meet(entry: number, scan: number): void {
    this.#rows.met[entry] = Math.max(this.#rows.met[entry], scan);
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
    // Before there is an entry: names may be moved together for it.
    const at = this.#store(name);
    const entry = this.#free.pop() ?? this.#newEntry();
    this.#rows.file[entry] = file + 1;
    this.#rows.folder[entry] = folder;
    this.#rows.at[entry] = at;
    this.#rows.met[entry] = scan;
    this.#append(file, entry);
    this.#byName.add(entry);
    this.#inFolder[folder] = this.inFolder(folder) + 1;
  }

  remove(entry: number): void {
    this.#byName.remove(entry);
    this.#unlink(this.file(entry), entry);
    this.#inFolder[this.#rows.folder[entry]]--;
    this.#garbage += LENGTH_BYTES + this.#bytes.all[this.#rows.at[entry]];
    this.#rows.file[entry] = 0;
    this.#free.push(entry);
  }

  /** Calls `visit` with each entry; it may remove that one. */
  forEach(visit: (entry: number) => void): void {
    for (let entry = 0; entry < this.#entries; entry++) if (this.#rows.file[entry] !== 0) visit(entry);
  }

  #append(file: number, entry: number): void {
    while (file >= this.#first.entry.length) this.#first = columnBlock(FIRST, this.#first.entry.length * 2, this.#first);
    let last = this.first(file);
    if (last === NONE) {
      this.#first.entry[file] = entry + 1;
      return;
    }
    for (let next = this.next(last); next !== NONE; next = this.next(last)) last = next;
    this.#next.set(last, entry);
  }

  #unlink(file: number, entry: number): void {
    const after = this.next(entry);
    this.#next.delete(entry);
    if (this.first(file) === entry) {
      this.#first.entry[file] = after + 1;
      return;
    }
    let before = this.first(file);
    while (this.next(before) !== entry) before = this.next(before);
    if (after === NONE) this.#next.delete(before);
    else this.#next.set(before, after);
  }

  #newEntry(): number {
    if (this.#entries === this.#rows.at.length) this.#rows = columnBlock(LAYOUT, this.#entries * 2, this.#rows);
    return this.#entries++;
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
    let used = 0;
    this.forEach((entry) => {
      const at = this.#rows.at[entry];
      const length = LENGTH_BYTES + old[at];
      bytes.all.set(old.subarray(at, at + length), used);
      this.#rows.at[entry] = used;
      used += length;
    });
    this.#bytes = bytes;
    this.#bytesUsed = used;
    this.#garbage = 0;
  }

  #is(entry: number, folder: number, name: BytePath): boolean {
    const at = this.#rows.at[entry];
    const { all } = this.#bytes;
    if (this.#rows.folder[entry] !== folder || all[at] !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (all[at + LENGTH_BYTES + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #hashAt(entry: number): number {
    const at = this.#rows.at[entry];
    const { all } = this.#bytes;
    let hash = seed(this.#rows.folder[entry]);
    for (let i = 1; i <= all[at]; i++) hash = mix(hash, all[at + i]);
    return spread(hash);
  }
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

import { fromBytes, longer } from '../model/index.js';
import type { BytePath } from '../model/index.js';

const NONE = -1;
/** Most bytes in a name (NAME_MAX): one more tells how many there are. */
const NAME_BYTES = 255;
const LENGTH_BYTES = 1;
/** Bytes of names given up before the others are moved together. */
const GARBAGE_MIN = 1 << 20;

/**
 * Every name of every file: which file, in which folder; found by file, and by
 * folder and name. About 35 bytes a name, and the bytes of the name itself.
 *
 * Entries are numbers; that of a name which was removed may be another's.
 */
export class NameTable {
  #file = new Int32Array(1024);
  #folder = new Int32Array(1024);
  /** Where the name's bytes start. */
  #at = new Uint32Array(1024);
  /** Scan that met the name last. */
  #met = new Uint32Array(1024);
  /** Next name of the same file, or next free entry. */
  #next = new Int32Array(1024);
  /** Next entry of the same bucket. */
  #chain = new Int32Array(1024);
  #buckets = new Int32Array(1024).fill(NONE);
  /** First name of each file, by slot. */
  #first = new Int32Array(1024).fill(NONE);
  /** How many names stand in each folder. */
  readonly #inFolder: number[] = [];
  #bytes = new Uint8Array(32 * 1024);
  #bytesUsed = 0;
  #garbage = 0;
  #entries = 0;
  #size = 0;
  #free = NONE;

  /** First name of a file, or -1. */
  first(file: number): number {
    return file < this.#first.length ? this.#first[file] : NONE;
  }

  /** The next name of the same file, or -1. */
  next(entry: number): number {
    return this.#next[entry];
  }

  file(entry: number): number {
    return this.#file[entry];
  }

  folder(entry: number): number {
    return this.#folder[entry];
  }

  name(entry: number): BytePath {
    const start = this.#at[entry] + LENGTH_BYTES;
    return fromBytes(this.#bytes.subarray(start, start + this.#bytes[start - LENGTH_BYTES]));
  }

  /** Number of the youngest scan that met the name: several go on at the same time. */
  met(entry: number): number {
    return this.#met[entry];
  }

  meet(entry: number, scan: number): void {
    this.#met[entry] = Math.max(this.#met[entry], scan);
  }

  /** How many names stand in the folder. */
  inFolder(folder: number): number {
    return this.#inFolder[folder] ?? 0;
  }

  /** The entry of a name in a folder, or -1. */
  find(folder: number, name: BytePath): number {
    let entry = this.#buckets[this.#bucket(hashOf(folder, name))];
    while (entry !== NONE && !this.#is(entry, folder, name)) entry = this.#chain[entry];
    return entry;
  }

  /** Adds a name that is not there yet; a further one of its file comes last. */
  add(file: number, folder: number, name: BytePath, scan: number): void {
    if (this.#size === this.#buckets.length) this.#rehash(this.#buckets.length * 2);
    // Before there is an entry: names may be moved together for it.
    const at = this.#store(name);
    const entry = this.#allocate();
    this.#file[entry] = file;
    this.#folder[entry] = folder;
    this.#at[entry] = at;
    this.#met[entry] = scan;
    this.#next[entry] = NONE;
    this.#append(file, entry);
    const bucket = this.#bucket(hashOf(folder, name));
    this.#chain[entry] = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
    this.#inFolder[folder] = this.inFolder(folder) + 1;
    this.#size++;
  }

  remove(entry: number): void {
    this.#unlink(this.#bucket(this.#hashAt(entry)), entry);
    const file = this.#file[entry];
    if (this.#first[file] === entry) this.#first[file] = this.#next[entry];
    else {
      let before = this.#first[file];
      while (this.#next[before] !== entry) before = this.#next[before];
      this.#next[before] = this.#next[entry];
    }
    this.#inFolder[this.#folder[entry]]--;
    this.#garbage += LENGTH_BYTES + this.#bytes[this.#at[entry]];
    this.#file[entry] = NONE;
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.#size--;
  }

  /** Calls `visit` with each entry; it may remove that one. */
  forEach(visit: (entry: number) => void): void {
    for (let entry = 0; entry < this.#entries; entry++) if (this.#file[entry] !== NONE) visit(entry);
  }

  #append(file: number, entry: number): void {
    if (file >= this.#first.length) this.#first = longer(this.#first, grown(file + 1), NONE);
    let last = this.#first[file];
    if (last === NONE) {
      this.#first[file] = entry;
      return;
    }
    while (this.#next[last] !== NONE) last = this.#next[last];
    this.#next[last] = entry;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const entry = this.#free;
      this.#free = this.#next[entry];
      return entry;
    }
    if (this.#entries === this.#file.length) {
      const length = grown(this.#entries);
      this.#file = longer(this.#file, length);
      this.#folder = longer(this.#folder, length);
      this.#at = longer(this.#at, length);
      this.#met = longer(this.#met, length);
      this.#next = longer(this.#next, length);
      this.#chain = longer(this.#chain, length);
    }
    return this.#entries++;
  }

  #store(name: BytePath): number {
    if (name.length > NAME_BYTES) throw new RangeError(`a name has ${name.length} bytes, more than ${NAME_BYTES}`);
    const needed = LENGTH_BYTES + name.length;
    if (this.#bytesUsed + needed > this.#bytes.length) {
      if (this.#garbage > GARBAGE_MIN && this.#garbage * 2 > this.#bytesUsed) this.#compact();
      else this.#bytes = longer(this.#bytes, grown(this.#bytes.length + needed));
    }
    const at = this.#bytesUsed;
    this.#bytes[at] = name.length;
    for (let i = 0; i < name.length; i++) this.#bytes[at + LENGTH_BYTES + i] = name.charCodeAt(i);
    this.#bytesUsed += needed;
    return at;
  }

  /** Moves the names that are left together. */
  #compact(): void {
    const old = this.#bytes;
    const bytes = new Uint8Array(old.length);
    let used = 0;
    this.forEach((entry) => {
      const at = this.#at[entry];
      const length = LENGTH_BYTES + old[at];
      bytes.set(old.subarray(at, at + length), used);
      this.#at[entry] = used;
      used += length;
    });
    this.#bytes = bytes;
    this.#bytesUsed = used;
    this.#garbage = 0;
  }

  #is(entry: number, folder: number, name: BytePath): boolean {
    const at = this.#at[entry];
    if (this.#folder[entry] !== folder || this.#bytes[at] !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.#bytes[at + LENGTH_BYTES + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #bucket(hash: number): number {
    return hash & (this.#buckets.length - 1);
  }

  #unlink(bucket: number, entry: number): void {
    if (this.#buckets[bucket] === entry) {
      this.#buckets[bucket] = this.#chain[entry];
      return;
    }
    let before = this.#buckets[bucket];
    while (this.#chain[before] !== entry) before = this.#chain[before];
    this.#chain[before] = this.#chain[entry];
  }

  #rehash(length: number): void {
    this.#buckets = longer(this.#buckets, length, NONE).fill(NONE);
    this.forEach((entry) => {
      const bucket = this.#bucket(this.#hashAt(entry));
      this.#chain[entry] = this.#buckets[bucket];
      this.#buckets[bucket] = entry;
    });
  }

  #hashAt(entry: number): number {
    const at = this.#at[entry];
    let hash = seed(this.#folder[entry]);
    for (let i = 1; i <= this.#bytes[at]; i++) hash = mix(hash, this.#bytes[at + i]);
    return spread(hash);
  }
}

/** A half more: names come by the million, and room for twice as many would often stay empty. */
function grown(length: number): number {
  return Math.ceil(length * 1.5);
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

function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

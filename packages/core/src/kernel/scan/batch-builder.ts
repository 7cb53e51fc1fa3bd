import type { FoundFolder, ScanBatch, ScannedFs, ScanProblem } from '../../model/index.js';
import type { ResidencyRuns } from '../probe/index.js';
import type { Stat } from '../syscalls/index.js';
import { ResidencyColumnsBuilder } from './residency-columns.js';

/** A message between threads costs some 50 µs, as much as looking at ten files; so many take the event loop about 8 ms. */
const ROWS_MAX = 1024;
const FILL_NS = 20e6;
/** Folders and problems also end a batch: a tree may have many of them and few files. */
const OTHERS_MAX = 1000;

/** Collects the columns of one batch. */
export class BatchBuilder {
  readonly #startNs: number;
  readonly #folders: FoundFolder[] = [];
  readonly #problems: ScanProblem[] = [];
  readonly #fs = new Uint16Array(ROWS_MAX);
  readonly #ino = new Float64Array(ROWS_MAX);
  readonly #gen = new Uint32Array(ROWS_MAX);
  readonly #folder = new Uint32Array(ROWS_MAX);
  readonly #nameEnd = new Uint32Array(ROWS_MAX);
  readonly #nlink = new Uint32Array(ROWS_MAX);
  readonly #size = new Float64Array(ROWS_MAX);
  readonly #mtimeNs = new BigInt64Array(ROWS_MAX);
  readonly #ctimeNs = new BigInt64Array(ROWS_MAX);
  readonly #physical = new Float64Array(ROWS_MAX);
  readonly #residency = new ResidencyColumnsBuilder(ROWS_MAX);
  #names = new Uint8Array(32 * ROWS_MAX);
  #namesLength = 0;
  #count = 0;

  constructor(nowNs: number) {
    this.#startNs = nowNs;
  }

  isFull(nowNs: number): boolean {
    return this.#count === ROWS_MAX || nowNs - this.#startNs > FILL_NS || this.#folders.length + this.#problems.length >= OTHERS_MAX;
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#folders.length === 0 && this.#problems.length === 0;
  }

  addFolder(folder: FoundFolder): void {
    this.#folders.push(folder);
  }

  addProblem(problem: ScanProblem): void {
    this.#problems.push(problem);
  }

  /** Adds a file; what it knows of the cache follows by `setResidency`. */
  addFile(fs: number, folder: number, name: Uint8Array, stat: Stat, gen: number, physical: number): void {
    const row = this.#count;
    this.#fs[row] = fs;
    this.#ino[row] = stat.ino;
    this.#gen[row] = gen;
    this.#folder[row] = folder;
    this.#nlink[row] = stat.nlink;
    this.#size[row] = stat.size;
    this.#mtimeNs[row] = stat.mtimeNs;
    this.#ctimeNs[row] = stat.ctimeNs;
    this.#physical[row] = physical;
    this.#addName(name);
    this.#nameEnd[row] = this.#namesLength;
    this.#count += 1;
  }

  /** Cache state of the file added last. */
  setResidency(probedNs: number, probedMs: number, runs: ResidencyRuns): void {
    this.#residency.set(this.#count - 1, probedNs, probedMs, runs);
  }

  /** The batch, and the memory that may be handed over with it. The builder is of no use afterwards. */
  build(newFs: readonly ScannedFs[]): { batch: ScanBatch; transfer: ArrayBuffer[] } {
    const count = this.#count;
    const transfer: ArrayBuffer[] = [];
    const residency = this.#residency.build(count, transfer);
    const batch: ScanBatch = {
      count,
      newFs,
      newFolders: this.#folders,
      fs: this.#fs.subarray(0, count),
      ino: this.#ino.subarray(0, count),
      gen: this.#gen.subarray(0, count),
      folder: this.#folder.subarray(0, count),
      names: this.#names.subarray(0, this.#namesLength),
      nameEnd: this.#nameEnd.subarray(0, count),
      nlink: this.#nlink.subarray(0, count),
      size: this.#size.subarray(0, count),
      mtimeNs: this.#mtimeNs.subarray(0, count),
      ctimeNs: this.#ctimeNs.subarray(0, count),
      physical: this.#physical.subarray(0, count),
      residency,
      problems: this.#problems,
    };
    for (const column of [this.#fs, this.#ino, this.#gen, this.#folder, this.#names, this.#nameEnd, this.#nlink]) transfer.push(column.buffer);
    for (const column of [this.#size, this.#mtimeNs, this.#ctimeNs, this.#physical]) transfer.push(column.buffer);
    return { batch, transfer };
  }

  #addName(name: Uint8Array): void {
    const end = this.#namesLength + name.length;
    if (end > this.#names.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#names);
      this.#names = larger;
    }
    this.#names.set(name, this.#namesLength);
    this.#namesLength = end;
  }
}

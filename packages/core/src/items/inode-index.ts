import { BY_QUARTERS, EMPTY, highWord, IdTable } from '../model/index.js';

/** Which inode each row of a table is, by superblock and inode number. */
export interface InodeColumns {
  readonly dev: Uint32Array;
  /** Words of the inode number. */
  readonly inoLow: Uint32Array;
  readonly inoHigh: Uint32Array;
}

/** Finds the row of an inode. The inodes themselves stand in the table's columns. */
export class InodeIndex {
  readonly #rows: InodeColumns;
  readonly #table = new IdTable((row) => hash(this.#rows.dev[row], this.#rows.inoLow[row], this.#rows.inoHigh[row]), BY_QUARTERS);

  constructor(rows: InodeColumns) {
    this.#rows = rows;
  }

  /** Inodes that have a row. */
  get size(): number {
    return this.#table.size;
  }

  /** The row of that inode, or -1. */
  get(dev: number, ino: number): number {
    return this.#table.ids[this.#find(dev, ino >>> 0, highWord(ino))];
  }

  /** `row`, whose columns are filled in, is the one of its inode, which has none so far. */
  add(row: number): void {
    this.#table.add(row);
  }

  /** From now on `row`, whose columns are filled in, is the one of its inode. */
  put(row: number): void {
    const at = this.#find(this.#rows.dev[row], this.#rows.inoLow[row], this.#rows.inoHigh[row]);
    if (this.#table.ids[at] === EMPTY) this.#table.add(row);
    else this.#table.ids[at] = row;
  }

  /** The inode has no row any more; `row` is the one that it had. */
  remove(row: number): void {
    this.#table.remove(row);
  }

  /** Where the inode's row stands, or would. */
  #find(dev: number, low: number, high: number): number {
    const { dev: devs, inoLow, inoHigh } = this.#rows;
    const table = this.#table;
    const { ids } = table;
    let at = table.home(hash(dev, low, high));
    for (let row = ids[at]; row !== EMPTY && (inoLow[row] !== low || devs[row] !== dev || inoHigh[row] !== high); row = ids[at]) at = table.after(at);
    return at;
  }
}

/** Spreads neighbouring inode numbers over the table (multiply-xorshift). */
function hash(dev: number, low: number, high: number): number {
  const h = Math.imul(low ^ Math.imul(dev, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35), 0x9e3779b1);
  return h ^ (h >>> 15);
}

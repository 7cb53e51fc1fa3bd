import { EMPTY, IdTable } from '../model/index.js';

/** Which inode each row of a table is, by superblock and inode number. */
export interface InodeColumns {
  readonly dev: Uint32Array;
  readonly ino: Float64Array;
}

/** Finds the row of an inode. The inodes themselves stand in the table's columns. */
export class InodeIndex {
  readonly #rows: InodeColumns;
  readonly #table = new IdTable((row) => hash(this.#rows.dev[row], this.#rows.ino[row]));

  constructor(rows: InodeColumns) {
    this.#rows = rows;
  }

  /** Inodes that have a row. */
  get size(): number {
    return this.#table.size;
  }

  /** The row of that inode, or -1. */
  get(dev: number, ino: number): number {
    return this.#table.ids[this.#find(dev, ino)];
  }

  /** From now on `row`, whose columns are filled in, is the one of its inode. */
  put(row: number): void {
    const at = this.#find(this.#rows.dev[row], this.#rows.ino[row]);
    if (this.#table.ids[at] === EMPTY) this.#table.add(row);
    else this.#table.ids[at] = row;
  }

  /** Where the inode's row stands, or would. */
  #find(dev: number, ino: number): number {
    const { dev: devs, ino: inos } = this.#rows;
    const { ids, mask } = this.#table;
    let at = hash(dev, ino) & mask;
    for (let row = ids[at]; row !== EMPTY && (inos[row] !== ino || devs[row] !== dev); row = ids[at]) at = (at + 1) & mask;
    return at;
  }
}

/** Spreads neighbouring inode numbers over the table (multiply-xorshift). */
function hash(dev: number, ino: number): number {
  const high = ino <= 0xffffffff ? 0 : Math.floor(ino / 4294967296);
  const h = Math.imul((ino >>> 0) ^ Math.imul(dev, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35), 0x9e3779b1);
  return h ^ (h >>> 15);
}

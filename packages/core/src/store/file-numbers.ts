import { columnBlock, EMPTY, IdTable } from '../model/index.js';
import type { Columns, FileId, Layout } from '../model/index.js';

const LAYOUT = { fs: [Uint16Array, 1], ino: [Float64Array, 1], gen: [Uint32Array, 1] } satisfies Layout;

/** Numbers files densely from 1, in the order in which they are met; some 20 bytes a file. */
export class FileNumbers implements Columns<typeof LAYOUT> {
  /** Place of the file system in `#fsNames`. */
  declare fs: Uint16Array;
  declare ino: Float64Array;
  declare gen: Uint32Array;
  readonly #fsNames: string[] = [];
  readonly #rows = new IdTable((row) => hash(this.fs[row], this.ino[row], this.gen[row]));

  constructor() {
    Object.assign(this, columnBlock(LAYOUT, 1024));
  }

  /** The file's number, given one if it is new. */
  of({ fs: fsName, ino, gen }: FileId): number {
    let fs = this.#fsNames.indexOf(fsName);
    if (fs === -1) fs = this.#fsNames.push(fsName) - 1;
    const { ids, mask } = this.#rows;
    for (let at = hash(fs, ino, gen) & mask; ids[at] !== EMPTY; at = (at + 1) & mask) {
      const row = ids[at];
      if (this.ino[row] === ino && this.gen[row] === gen && this.fs[row] === fs) return row + 1;
    }
    const row = this.#rows.size;
    if (row === this.ino.length) Object.assign(this, columnBlock(LAYOUT, row * 2, this));
    this.fs[row] = fs;
    this.ino[row] = ino;
    this.gen[row] = gen;
    this.#rows.add(row);
    return row + 1;
  }

  id(no: number): FileId | undefined {
    const row = no - 1;
    return row >= 0 && row < this.#rows.size ? { fs: this.#fsNames[this.fs[row]], ino: this.ino[row], gen: this.gen[row] } : undefined;
  }
}

function hash(fs: number, ino: number, gen: number): number {
  const high = Math.floor(ino / 4294967296);
  const h = Math.imul((ino >>> 0) ^ Math.imul(gen, 0x85ebca6b) ^ Math.imul(high + fs, 0xc2b2ae35), 0x9e3779b1);
  return h ^ (h >>> 15);
}

import { BY_QUARTERS, columnBlock, EMPTY, highWord, IdTable, joinWords } from '../model/index.js';
import type { Columns, FileId, Layout } from '../model/index.js';

const LAYOUT = { fs: [Uint16Array, 1], inoLow: [Uint32Array, 1], inoHigh: [Uint32Array, 1], gen: [Uint32Array, 1] } satisfies Layout;

/** Numbers files densely from 1, in the order in which they are met; some 14 bytes a file. */
export class FileNumbers implements Columns<typeof LAYOUT> {
  /** Place of the file system in `#fsNames`. */
  declare fs: Uint16Array;
  declare inoLow: Uint32Array;
  declare inoHigh: Uint32Array;
  declare gen: Uint32Array;
  readonly #fsNames: string[] = [];
  readonly #rows = new IdTable((row) => hash(this.fs[row], this.inoLow[row], this.inoHigh[row], this.gen[row]), BY_QUARTERS);

  constructor() {
    Object.assign(this, columnBlock(LAYOUT, 1024));
  }

  /** The file's number, given one if it is new. */
  of({ fs: fsName, ino, gen }: FileId): number {
    let fs = this.#fsNames.indexOf(fsName);
    if (fs === -1) fs = this.#fsNames.push(fsName) - 1;
    const low = ino >>> 0;
    const high = highWord(ino);
    const rows = this.#rows;
    const { ids } = rows;
    for (let at = rows.home(hash(fs, low, high, gen)); ids[at] !== EMPTY; at = rows.after(at)) {
      const row = ids[at];
      if (this.inoLow[row] === low && this.gen[row] === gen && this.inoHigh[row] === high && this.fs[row] === fs) return row + 1;
    }
    const row = rows.size;
    if (row === this.gen.length) Object.assign(this, columnBlock(LAYOUT, row * 2, this));
    if (fs !== 0) this.fs[row] = fs;
    this.inoLow[row] = low;
    if (high !== 0) this.inoHigh[row] = high;
    this.gen[row] = gen;
    rows.add(row);
    return row + 1;
  }

  id(no: number): FileId | undefined {
    const row = no - 1;
    return row >= 0 && row < this.#rows.size ? { fs: this.#fsNames[this.fs[row]], ino: joinWords(this.inoLow[row], this.inoHigh[row]), gen: this.gen[row] } : undefined;
  }
}

function hash(fs: number, low: number, high: number, gen: number): number {
  const h = Math.imul(low ^ Math.imul(gen, 0x85ebca6b) ^ Math.imul(high + fs, 0xc2b2ae35), 0x9e3779b1);
  return h ^ (h >>> 15);
}

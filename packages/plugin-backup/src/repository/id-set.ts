import { EMPTY, IdTable, longer } from '@duet/core';
import { ID_BYTES } from './id.js';

const WORDS = ID_BYTES / 4;

/** Numbers ids from 0, in the order in which they come: about 40 bytes an id. */
export class IdSet {
  #words = new Uint32Array(64 * WORDS);
  readonly #table = new IdTable((row) => this.#words[row * WORDS]);
  readonly #asked = new Uint32Array(WORDS);
  readonly #askedBytes = Buffer.from(this.#asked.buffer);

  get size(): number {
    return this.#table.size;
  }

  /** The number of the id; -1 if it is not in the set. */
  find(id: Uint8Array): number {
    this.#askedBytes.set(id);
    return this.#find();
  }

  /** The number of the id, which is added if it is not there: then the number is what `size` was. */
  add(id: Uint8Array): number {
    this.#askedBytes.set(id);
    return this.#add();
  }

  /** The same of an id in hex. */
  addName(name: string): number {
    this.#askedBytes.write(name, 'hex');
    return this.#add();
  }

  /** A copy of the id with this number. */
  at(row: number): Buffer {
    return Buffer.from(this.#words.buffer.slice(row * ID_BYTES, (row + 1) * ID_BYTES));
  }

  #add(): number {
    const found = this.#find();
    if (found >= 0) return found;
    const row = this.size;
    if ((row + 1) * WORDS > this.#words.length) this.#words = longer(this.#words, Math.ceil(row * 1.5) * WORDS);
    this.#words.set(this.#asked, row * WORDS);
    this.#table.add(row);
    return row;
  }

  #find(): number {
    // The bytes of an id are random: any four of them are a hash.
    for (let at = this.#table.home(this.#asked[0]); this.#table.ids[at] !== EMPTY; at = this.#table.after(at)) {
      const row = this.#table.ids[at];
      if (this.#isAsked(row * WORDS)) return row;
    }
    return -1;
  }

  #isAsked(start: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words[start + i] !== this.#asked[i]) return false;
    return true;
  }
}

import { letGo } from '../model/index.js';

const EMPTY = -1;

/**
 * Finds a slot by superblock and inode number: open addressing over typed
 * arrays, about 20 bytes an entry. Entries are never removed one by one; an
 * entry can be pointed at another slot.
 */
export class InodeIndex {
  #mask: number;
  #ino: Float64Array;
  #dev: Uint32Array;
  #slot: Int32Array;
  #size = 0;

  constructor(capacity = 1024) {
    const length = 1 << Math.ceil(Math.log2(capacity * 2));
    this.#mask = length - 1;
    this.#ino = new Float64Array(length);
    this.#dev = new Uint32Array(length);
    this.#slot = new Int32Array(length).fill(EMPTY);
  }

  get size(): number {
    return this.#size;
  }

  /** The slot of that inode, or -1. */
  get(dev: number, ino: number): number {
    return this.#slot[this.#find(dev, ino)];
  }

  set(dev: number, ino: number, slot: number): void {
    let at = this.#find(dev, ino);
    if (this.#slot[at] === EMPTY) {
      if ((this.#size + 1) * 2 > this.#mask) {
        this.#grow();
        at = this.#find(dev, ino);
      }
      this.#size++;
      this.#ino[at] = ino;
      this.#dev[at] = dev;
    }
    this.#slot[at] = slot;
  }

  #find(dev: number, ino: number): number {
    const mask = this.#mask;
    let at = hash(dev, ino) & mask;
    while (this.#slot[at] !== EMPTY && (this.#ino[at] !== ino || this.#dev[at] !== dev)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const oldIno = this.#ino;
    const oldDev = this.#dev;
    const oldSlot = this.#slot;
    const length = (this.#mask + 1) * 2;
    this.#mask = length - 1;
    this.#ino = new Float64Array(length);
    this.#dev = new Uint32Array(length);
    this.#slot = new Int32Array(length).fill(EMPTY);
    for (let i = 0; i < oldSlot.length; i++) {
      if (oldSlot[i] === EMPTY) continue;
      const at = this.#find(oldDev[i], oldIno[i]);
      this.#ino[at] = oldIno[i];
      this.#dev[at] = oldDev[i];
      this.#slot[at] = oldSlot[i];
    }
    for (const column of [oldIno, oldDev, oldSlot]) letGo(column);
  }
}

/** Spreads neighbouring inode numbers over the table (multiply-xorshift). */
function hash(dev: number, ino: number): number {
  const high = ino <= 0xffffffff ? 0 : Math.floor(ino / 4294967296);
  let h = Math.imul((ino >>> 0) ^ Math.imul(dev, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35), 0x9e3779b1);
  h ^= h >>> 15;
  return h >>> 0;
}

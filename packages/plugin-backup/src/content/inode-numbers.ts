import { EMPTY, IdTable, longer } from '@duet/core';

/** Numbers of files by device and inode number: some 25 bytes a file. */
export class InodeNumbers {
  #ino = new Float64Array(64);
  #dev = new Uint32Array(64);
  #no = new Float64Array(64);
  #size = 0;
  readonly #table = new IdTable((row) => hashOf(this.#dev[row], this.#ino[row]));

  /** `dev` is `st_dev` in the kernel's encoding. A number that was known for the inode gives way. */
  set(dev: number, ino: number, no: number): void {
    const known = this.#find(dev, ino);
    if (known !== EMPTY) {
      this.#no[known] = no;
      return;
    }
    const row = this.#size++;
    if (row === this.#ino.length) {
      const length = Math.ceil(row * 1.5);
      this.#ino = longer(this.#ino, length);
      this.#dev = longer(this.#dev, length);
      this.#no = longer(this.#no, length);
    }
    this.#ino[row] = ino;
    this.#dev[row] = dev;
    this.#no[row] = no;
    this.#table.add(row);
  }

  get(dev: number, ino: number): number | undefined {
    const row = this.#find(dev, ino);
    return row === EMPTY ? undefined : this.#no[row];
  }

  #find(dev: number, ino: number): number {
    for (let at = this.#table.home(hashOf(dev, ino)); this.#table.ids[at] !== EMPTY; at = this.#table.after(at)) {
      const row = this.#table.ids[at];
      if (this.#ino[row] === ino && this.#dev[row] === dev) return row;
    }
    return EMPTY;
  }
}

function hashOf(dev: number, ino: number): number {
  const low = Math.imul((ino >>> 0) ^ Math.imul(dev, 0x85ebca6b), 0x9e3779b1);
  const high = Math.imul(Math.floor(ino / 0x1_0000_0000) ^ (low >>> 15), 0xc2b2ae35);
  return (low ^ high) >>> 0;
}

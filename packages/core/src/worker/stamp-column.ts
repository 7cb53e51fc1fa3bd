import { longer } from '../model/index.js';

/** A stamp a slot, in eight bytes each; no stamp is 0n. */
export class StampColumn {
  #stamps = new BigUint64Array(1024);
  /** The same memory as words: tells whether there is one without making a BigInt. */
  #words = new Uint32Array(this.#stamps.buffer);

  has(slot: number): boolean {
    return slot < this.#stamps.length && (this.#words[slot * 2] !== 0 || this.#words[slot * 2 + 1] !== 0);
  }

  get(slot: number): bigint {
    return slot < this.#stamps.length ? this.#stamps[slot] : 0n;
  }

  set(slot: number, stamp: bigint): void {
    if (slot >= this.#stamps.length) {
      this.#stamps = longer(this.#stamps, Math.max(slot + 1, this.#stamps.length * 2));
      this.#words = new Uint32Array(this.#stamps.buffer);
    }
    this.#stamps[slot] = stamp;
  }

  delete(slot: number): void {
    if (this.has(slot)) this.#stamps[slot] = 0n;
  }
}

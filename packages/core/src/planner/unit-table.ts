import { longer } from '../model/index.js';
import { PAGE_BYTES, pagesOf } from '../model/index.js';

/**
 * Units as columns: a file's units stand next to each other, in the order of
 * their offsets. Sizes in bytes, residency in pages; `needed`, `busy` and
 * `closed` hold one bit a task.
 */
export class UnitTable {
  slot = new Uint32Array(256);
  bytes = new Float64Array(256);
  /** Where the unit starts on the disk, in bytes; Infinity if it has no place there. */
  physical = new Float64Array(256);
  resident = new Uint32Array(256);
  /** Tasks that still have to process it. */
  needed = new Uint16Array(256);
  /** Tasks that process it now. */
  busy = new Uint16Array(256);
  /** Tasks that need it and may not take it yet: they need an earlier unit of the file first. */
  closed = new Uint16Array(256);
  /** Pages that the run itself brings into the cache for it; 0 while it is not admitted. */
  brought = new Uint32Array(256);
  /** When it was admitted: a number that grows from one admission to the next. */
  admitted = new Uint32Array(256);
  #length = 0;
  #first = new Int32Array(256).fill(-1);
  #count = new Uint32Array(256);
  #segmentBytes = new Float64Array(256);

  get length(): number {
    return this.#length;
  }

  /** The file's first unit, or -1. */
  first(slot: number): number {
    return slot < this.#first.length ? this.#first[slot] : -1;
  }

  /** How many units the file has. */
  count(slot: number): number {
    return slot < this.#count.length ? this.#count[slot] : 0;
  }

  /** Length of the file's segments in bytes; Infinity for a file that is one unit. */
  segmentBytes(slot: number): number {
    return this.#segmentBytes[slot];
  }

  /** Where the unit starts in its file, in bytes. */
  offset(unit: number): number {
    const slot = this.slot[unit];
    const place = unit - this.#first[slot];
    return place === 0 ? 0 : place * this.#segmentBytes[slot];
  }

  pages(unit: number): number {
    return pagesOf(this.bytes[unit]);
  }

  /** Pages of the unit that are not in the cache. */
  missing(unit: number): number {
    return Math.max(this.pages(unit) - this.resident[unit], 0);
  }

  /** Cuts the file into units of at most `segmentBytes`, taken up to whole pages (0: one unit); gives the first one. An empty file is one unit too. */
  add(slot: number, size: number, segmentBytes: number, physical: number): number {
    const segment = segmentBytes === 0 ? Infinity : pagesOf(segmentBytes) * PAGE_BYTES;
    const count = segment === Infinity || size === 0 ? 1 : Math.ceil(size / segment);
    while (this.#length + count > this.slot.length) this.#grow();
    if (slot >= this.#first.length) this.#growFiles(slot);
    const first = this.#length;
    for (let i = 0; i < count; i++) {
      const unit = this.#length++;
      const offset = i === 0 ? 0 : i * segment;
      this.slot[unit] = slot;
      this.bytes[unit] = Math.min(segment, size - offset);
      this.physical[unit] = physical + offset;
    }
    this.#first[slot] = first;
    this.#count[slot] = count;
    this.#segmentBytes[slot] = segment;
    return first;
  }

  #grow(): void {
    const length = this.slot.length * 2;
    this.slot = longer(this.slot, length);
    this.bytes = longer(this.bytes, length);
    this.physical = longer(this.physical, length);
    this.resident = longer(this.resident, length);
    this.needed = longer(this.needed, length);
    this.busy = longer(this.busy, length);
    this.closed = longer(this.closed, length);
    this.brought = longer(this.brought, length);
    this.admitted = longer(this.admitted, length);
  }

  #growFiles(slot: number): void {
    const length = Math.max(slot + 1, this.#first.length * 2);
    this.#first = longer(this.#first, length, -1);
    this.#count = longer(this.#count, length);
    this.#segmentBytes = longer(this.#segmentBytes, length);
  }
}

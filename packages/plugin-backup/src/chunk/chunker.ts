import { RabinScan } from './rabin-scan.js';

/** Sizes of chunks in bytes, those of restic. */
export const MIN_CHUNK_BYTES = 512 * 1024;
export const MAX_CHUNK_BYTES = 8 * 1024 * 1024;
/** Most that `add` takes at once. */
export const PIECE_BYTES = 1024 * 1024;

/**
 * Cuts the content of one file after the other into chunks, where restic cuts
 * it: a chunk ends where the fingerprint says so, but is never shorter than
 * 512 KiB, unless it is the last one, nor longer than 8 MiB.
 *
 * A fingerprint depends on the last 64 bytes alone, so what was left of a file
 * (`rest`) can be put in again later, and its content goes on from there.
 *
 * @see https://github.com/restic/chunker
 */
export class Chunker {
  readonly #scan: RabinScan;
  readonly #content: Buffer;
  /** The chunk under way is from `#start` to `#end` in the content; it has no boundary before `#scanned`. */
  #start = 0;
  #end = 0;
  #scanned = 0;

  /** `polynomial` is the repository's. */
  constructor(polynomial: bigint) {
    this.#scan = new RabinScan(polynomial, MAX_CHUNK_BYTES + 2 * PIECE_BYTES);
    this.#content = this.#scan.content;
  }

  /** Begins a new file. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#scanned = 0;
  }

  /** Goes on with a file of which `rest`, without a boundary in it, was left. */
  resume(rest: Uint8Array): void {
    this.clear();
    this.#content.set(rest);
    this.#end = rest.length;
    this.#scanned = rest.length;
  }

  /** What is not in a chunk so far; valid until the next call. */
  get rest(): Buffer {
    return this.#content.subarray(this.#start, this.#end);
  }

  /** Adds at most `PIECE_BYTES` of content. Then `next` has to be called until it gives no chunk. */
  add(piece: Uint8Array): void {
    if (this.#end + piece.length > this.#content.length) {
      this.#content.copyWithin(0, this.#start, this.#end);
      this.#scanned -= this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#content.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** The next chunk that is complete, valid until the next call of `add` or `clear`. */
  next(): Buffer | undefined {
    const last = Math.min(this.#end, this.#start + MAX_CHUNK_BYTES);
    const first = Math.max(this.#scanned, this.#start + MIN_CHUNK_BYTES - 1);
    if (first >= last) return undefined;
    let cut = this.#scan.find(first, last);
    if (cut === 0 && last === this.#start + MAX_CHUNK_BYTES) cut = last;
    if (cut === 0) {
      this.#scanned = last;
      return undefined;
    }
    const chunk = this.#content.subarray(this.#start, cut);
    this.#start = cut;
    this.#scanned = cut;
    return chunk;
  }
}


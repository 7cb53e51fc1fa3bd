import { Random } from '../tree/random.js';

/** Sizes of chunks in bytes, those of restic. */
const MIN_BYTES = 512 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** A boundary in one of 2^20 places. */
const BOUNDARY = 0xfffff000;

const random = new Random(1);
const GEAR = Int32Array.from({ length: 256 }, () => random.below(2 ** 32) | 0);

/**
 * Cuts content into chunks where a rolling hash of it says so (gear hashing,
 * as in FastCDC), so that an insertion moves few boundaries.
 *
 * @see https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia
 */
export class Chunker {
  readonly #chunk = Buffer.allocUnsafe(MAX_BYTES);
  #length = 0;
  #hash = 0;

  /** Chunks that end in `piece`; the memory of one is used again for the next. */
  *cut(piece: Buffer): Generator<Buffer, void, undefined> {
    for (let from = 0; from < piece.length; ) {
      const end = this.#boundary(piece, from);
      piece.copy(this.#chunk, this.#length, from, Math.abs(end));
      this.#length += Math.abs(end) - from;
      from = Math.abs(end);
      if (end > 0) yield this.#take();
    }
  }

  /** The last chunk; undefined if nothing is left of the content. */
  rest(): Buffer | undefined {
    return this.#length > 0 ? this.#take() : undefined;
  }

  /** Where the chunk ends in `piece`; negative: it goes on behind that. */
  #boundary(piece: Buffer, from: number): number {
    const last = Math.min(piece.length, from + MAX_BYTES - this.#length);
    const first = from + MIN_BYTES - this.#length;
    let hash = this.#hash;
    for (let at = from; at < last; at++) {
      hash = ((hash << 1) + GEAR[piece[at]]) | 0;
      if ((hash & BOUNDARY) === 0 && at >= first) return at + 1;
    }
    this.#hash = hash;
    return this.#length + last - from === MAX_BYTES ? last : -last;
  }

  #take(): Buffer {
    const chunk = this.#chunk.subarray(0, this.#length);
    this.#length = 0;
    this.#hash = 0;
    return chunk;
  }
}

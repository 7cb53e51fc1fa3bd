import { CHUNK_BYTES } from './done-bitmap.js';

/** Files whose stamps one chunk holds. */
export const STAMPS_PER_CHUNK = CHUNK_BYTES / 8;

/** Reads one stored chunk of stamps; undefined if it was never written. */
export type StampSource = (chunk: number) => BigUint64Array | undefined;

/** The stamps in a stored blob, copied: a blob need not be aligned. Little-endian, as all machines that Node runs on but s390x. */
export function stampsOf(blob: Uint8Array): BigUint64Array {
  const stamps = new BigUint64Array(STAMPS_PER_CHUNK);
  new Uint8Array(stamps.buffer).set(blob.subarray(0, CHUNK_BYTES));
  return stamps;
}

/**
 * Stored stamps, looked up a chunk at a time and kept while they are in use:
 * 1 MiB of memory for any number of files. Neighbouring numbers cost one
 * database read for 500.
 */
export class StampCache {
  static readonly #MAX_CHUNKS = 256;
  readonly #source: StampSource;
  /** In order of last use. */
  readonly #chunks = new Map<number, BigUint64Array>();
  #lastChunk = -1;
  #last: BigUint64Array | undefined;

  constructor(source: StampSource) {
    this.#source = source;
  }

  /** Stamp stored for file `no` when its chunk was read; 0n if there was none. */
  get(no: number): bigint {
    const chunk = Math.floor(no / STAMPS_PER_CHUNK);
    if (chunk !== this.#lastChunk) this.#use(chunk, this.#chunks.get(chunk));
    return this.#last === undefined ? 0n : this.#last[no - chunk * STAMPS_PER_CHUNK];
  }

  /** Reads the chunk of file `no` again. */
  refresh(no: number): void {
    this.#use(Math.floor(no / STAMPS_PER_CHUNK), undefined);
  }

  #use(chunk: number, known: BigUint64Array | undefined): void {
    this.#chunks.delete(chunk);
    this.#lastChunk = chunk;
    this.#last = known ?? this.#source(chunk);
    if (this.#last === undefined) return;
    this.#chunks.set(chunk, this.#last);
    if (this.#chunks.size > StampCache.#MAX_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value!);
  }
}

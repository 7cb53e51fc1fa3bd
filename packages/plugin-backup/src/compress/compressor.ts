import { compress } from './zstd.js';

/** As restic's option: what is worth it, nothing, or as small as can be. Folders' lists are compressed in any case. */
export type CompressionMode = 'auto' | 'off' | 'max';

const LEVELS: Readonly<Record<CompressionMode, number>> = { auto: 3, off: 3, max: 19 };

/** Of chunks at least this long some samples are compressed first. */
const SAMPLED_BYTES = 128 * 1024;
const SAMPLE_BYTES = 4 * 1024;
const SAMPLES = 6;
/** What is not made smaller by this does not pay. */
const WORTH_IT = 0.97;

/** Compresses blobs. One serves one thread. */
export class Compressor {
  readonly #mode: CompressionMode;
  readonly #samples = Buffer.alloc(SAMPLES * SAMPLE_BYTES);

  constructor(mode: CompressionMode) {
    this.#mode = mode;
  }

  /** A chunk of a file in one frame, good until the next call; undefined: it is to be kept as it is. */
  data(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#mode === 'off' || (this.#mode === 'auto' && !this.#looksWorthIt(chunk))) return undefined;
    const frame = compress(chunk, LEVELS[this.#mode]);
    return frame.length < chunk.length ? frame : undefined;
  }

  /** A folder's list in one frame, good until the next call. */
  tree(list: Uint8Array): Uint8Array {
    return compress(list, LEVELS[this.#mode]);
  }

  #looksWorthIt(chunk: Uint8Array): boolean {
    if (chunk.length < SAMPLED_BYTES) return true;
    const step = Math.floor((chunk.length - SAMPLE_BYTES) / (SAMPLES - 1));
    for (let i = 0; i < SAMPLES; i++) this.#samples.set(chunk.subarray(i * step, i * step + SAMPLE_BYTES), i * SAMPLE_BYTES);
    return compress(this.#samples, 1).length < this.#samples.length * WORTH_IT;
  }
}

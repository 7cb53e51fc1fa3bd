import { MAX_CHUNK_BYTES } from '../chunk/chunker.js';

/** Bytes of rests that are kept at most: what does not fit is read again. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Rests to come go where others were: fresh memory for each of them would be as much garbage. Seldom is there more than one at a time. */
const MOST_SPARE = 2;

/** Each of them has room for a chunk. */
const MOST_RESTS = 8;

interface Rest {
  /** First byte behind it. */
  readonly end: number;
  readonly bytes: Buffer;
  /** What the bytes are the beginning of. */
  readonly memory: Buffer;
}

/**
 * What is left of large files between two of their units: the bytes behind the
 * last boundary. The ones that waited longest make room.
 */
export class OpenFiles {
  readonly #rests = new Map<number, Rest>();
  #bytes = 0;
  readonly #spare: Buffer[] = [];

  /** Keeps a copy of the bytes, less than a chunk has at most, before byte `end` of file number `no`. */
  put(no: number, end: number, rest: Buffer): void {
    this.#remove(no);
    const memory = this.#spare.pop() ?? Buffer.allocUnsafeSlow(MAX_CHUNK_BYTES);
    memory.set(rest);
    this.#rests.set(no, { end, bytes: memory.subarray(0, rest.length), memory });
    this.#bytes += rest.length;
    for (const oldest of this.#rests.keys()) {
      if (this.#bytes <= KEPT_BYTES && this.#rests.size <= MOST_RESTS) break;
      this.#remove(oldest);
    }
  }

  /** Gives the bytes from `start` to `end` of the file, and forgets them: they are good until the next `put`. Undefined if it has others, or none. */
  take(no: number, start: number, end: number): Buffer | undefined {
    const rest = this.#rests.get(no);
    this.#remove(no);
    return rest !== undefined && rest.end === end && rest.end - rest.bytes.length === start ? rest.bytes : undefined;
  }

  #remove(no: number): void {
    const rest = this.#rests.get(no);
    if (rest === undefined) return;
    this.#rests.delete(no);
    this.#bytes -= rest.bytes.length;
    if (this.#spare.length < MOST_SPARE) this.#spare.push(rest.memory);
  }
}

/** Bytes of rests that are kept at most: what does not fit is read again. */
const KEPT_BYTES = 16 * 1024 * 1024;

interface Rest {
  /** First byte behind it. */
  readonly end: number;
  readonly bytes: Buffer;
}

/**
 * What is left of large files between two of their units: the bytes behind the
 * last boundary. The ones that waited longest make room.
 */
export class OpenFiles {
  readonly #rests = new Map<number, Rest>();
  #bytes = 0;

  /** Keeps a copy of the bytes before byte `end` of file number `no`. */
  put(no: number, end: number, rest: Buffer): void {
    this.#remove(no);
    this.#rests.set(no, { end, bytes: Buffer.from(rest) });
    this.#bytes += rest.length;
    for (const oldest of this.#rests.keys()) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#remove(oldest);
    }
  }

  /** Gives the bytes from `start` to `end` of the file, and forgets them; undefined if it has others, or none. */
  take(no: number, start: number, end: number): Buffer | undefined {
    const rest = this.#rests.get(no);
    this.#remove(no);
    return rest !== undefined && rest.end === end && rest.end - rest.bytes.length === start ? rest.bytes : undefined;
  }

  #remove(no: number): void {
    this.#bytes -= this.#rests.get(no)?.bytes.length ?? 0;
    this.#rests.delete(no);
  }
}

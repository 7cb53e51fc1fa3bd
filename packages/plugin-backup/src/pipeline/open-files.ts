/** Bytes of rests that are kept at most: what does not fit is read again. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Memory that is kept for rests to come: fresh memory for each of them would be as much garbage. */
const SPARE_BYTES = 4 * 1024 * 1024;
const STEP_BYTES = 1024 * 1024;

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
  #spareBytes = 0;

  /** Keeps a copy of the bytes before byte `end` of file number `no`. */
  put(no: number, end: number, rest: Buffer): void {
    this.#remove(no);
    const memory = this.#memoryFor(rest.length);
    memory.set(rest);
    this.#rests.set(no, { end, bytes: memory.subarray(0, rest.length), memory });
    this.#bytes += rest.length;
    for (const oldest of this.#rests.keys()) {
      if (this.#bytes <= KEPT_BYTES) break;
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
    this.#spare.push(rest.memory);
    this.#spareBytes += rest.memory.length;
    while (this.#spareBytes > SPARE_BYTES) this.#spareBytes -= this.#spare.shift()!.length;
  }

  #memoryFor(bytes: number): Buffer {
    // The smallest that suffices: nearly all rests are of one step or two.
    let place = -1;
    this.#spare.forEach(({ length }, i) => {
      if (length >= bytes && (place < 0 || length < this.#spare[place].length)) place = i;
    });
    if (place < 0) return Buffer.allocUnsafeSlow(Math.max(1, Math.ceil(bytes / STEP_BYTES)) * STEP_BYTES);
    const [memory] = this.#spare.splice(place, 1);
    this.#spareBytes -= memory.length;
    return memory;
  }
}

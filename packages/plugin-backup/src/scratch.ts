const SMALL_BYTES = 64 * 1024;
/** More than the longest chunk, sealed or as a frame that did not become smaller. */
const LARGE_BYTES = 9 * 1024 * 1024;

/**
 * Memory for one text after the other, each of any length. It becomes larger
 * a few times, not each time that a text is the longest so far: what was
 * there before is garbage, which nobody collects for seconds. The system gives
 * pages of it only as far as they are used.
 */
export class Scratch {
  #bytes = Buffer.allocUnsafeSlow(SMALL_BYTES);

  /** Memory of at least `length` bytes; what it holds is undefined, and it is somebody else's from the next call on. */
  atLeast(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length, LARGE_BYTES));
    return this.#bytes;
  }
}

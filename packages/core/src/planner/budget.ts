/** Of what is consumed, so much is added to a budget that turned out too large. */
const GROWTH = 1 / 8;
/** Of what was outstanding when pages of it were lost, so much is thought to fit. */
const SHRINK = 3 / 4;

/**
 * Bounds the bytes that the run has brought into the page cache and that some
 * task has yet to consume, so that the kernel need not evict them: the fast
 * task waits for the slow one.
 *
 * All figures are bytes.
 */
export class Budget {
  /** What is brought in and not yet consumed by all. */
  outstandingBytes = 0;
  /** What the cache can take without evicting anything. */
  headroomBytes = Infinity;
  #bytes = Infinity;
  /** What experience says; Infinity if the budget held so far. */
  #learned = Infinity;

  /** What may be outstanding: what was set, or less if pages were lost nevertheless. */
  get bytes(): number {
    return Math.min(this.#bytes, this.#learned);
  }

  set bytes(bytes: number) {
    this.#bytes = bytes;
  }

  /** Whether so much more may be brought in. However large a unit is, it may if nothing is outstanding. */
  fits(bytes: number): boolean {
    return bytes === 0 || this.outstandingBytes === 0 || this.outstandingBytes + bytes <= this.bytes;
  }

  admit(bytes: number): void {
    this.outstandingBytes += bytes;
    this.headroomBytes = Math.max(this.headroomBytes - bytes, 0);
  }

  /** What was outstanding is not any more: nobody needs it. */
  consume(bytes: number): void {
    this.outstandingBytes -= bytes;
    if (this.#learned === Infinity) return;
    this.#learned += bytes * GROWTH;
    if (this.#learned >= this.#bytes) this.#learned = Infinity;
  }

  /** What was outstanding is not any more: it has left the cache, and has to be read again. */
  evict(bytes: number): void {
    this.outstandingBytes -= bytes;
  }

  /**
   * Pages that a task has yet to consume have left the cache: it is smaller
   * than thought. Until what is outstanding fits the smaller budget, more of
   * these are the same news. At least `leastBytes` stay.
   */
  shrink(leastBytes: number): void {
    if (this.outstandingBytes > this.bytes) return;
    this.#learned = Math.max(this.outstandingBytes * SHRINK, leastBytes);
  }
}

const MS_PER_SECOND = 1000;
/** How long unused bandwidth is kept, in milliseconds. */
const BURST_MS = 250;

/**
 * Bounds the bytes read from the disk in a second.
 *
 * A token bucket that goes into debt: how much of a unit comes from the disk is
 * known only when it was read. Over any time, reads are at most what the
 * rate allows in it, a quarter of a second's worth, and the last read before
 * the debt. Pure: the caller says what time it is (milliseconds, any origin).
 */
export class ByteBucket {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  #bytes: number;
  #atMs: number;

  /** `bytesPerSecond` above 0; Infinity bounds nothing. Begins full. */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerMs = bytesPerSecond / MS_PER_SECOND;
    this.#burstBytes = this.#bytesPerMs * BURST_MS;
    this.#bytes = this.#burstBytes;
    this.#atMs = nowMs;
  }

  /** Takes account of bytes that came from the disk. */
  spend(bytes: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#bytes -= bytes;
  }

  /** How long to wait before the next read, in milliseconds; 0: none. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#bytes >= 0 ? 0 : -this.#bytes / this.#bytesPerMs;
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = Math.max(this.#atMs, nowMs);
    if (this.#bytesPerMs < Infinity) this.#bytes = Math.min(this.#burstBytes, this.#bytes + elapsedMs * this.#bytesPerMs);
  }
}

/** How much makes a batch. */
export interface BatchLimits {
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds that the first of a batch waits for others. */
  readonly waitMs: number;
}

interface Waiting<T> {
  readonly item: T;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Collects what goes together: until it is enough, or the oldest has waited long enough. First in, first out. */
export class BatchQueue<T> {
  readonly #limits: BatchLimits;
  #waiting: Waiting<T>[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(item: T, bytes: number, nowMs: number): void {
    this.#waiting.push({ item, bytes, sinceMs: nowMs });
    this.#bytes += bytes;
  }

  /** The next batch: within the limits, but always one item; undefined while it is not due. */
  take(nowMs: number): T[] | undefined {
    if (this.dueMs(nowMs) > 0) return undefined;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count === this.#limits.files || (count > 0 && bytes + waiting.bytes > this.#limits.bytes)) break;
      bytes += waiting.bytes;
      count++;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count).map(({ item }) => item);
  }

  /** Milliseconds until there is a batch; 0: now; Infinity: nothing waits. */
  dueMs(nowMs: number): number {
    if (this.#waiting.length === 0) return Infinity;
    if (this.#bytes >= this.#limits.bytes || this.#waiting.length >= this.#limits.files) return 0;
    return Math.max(this.#waiting[0].sinceMs + this.#limits.waitMs - nowMs, 0);
  }

  /** Takes out everything. */
  clear(): T[] {
    this.#bytes = 0;
    return this.#waiting.splice(0).map(({ item }) => item);
  }
}

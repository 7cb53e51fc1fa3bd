/** How much makes a batch. */
export interface BatchLimits {
  readonly bytes: number;
  /** Of them, bytes that have to come from the disk. */
  readonly coldBytes: number;
  readonly files: number;
  /** Milliseconds that the first of a batch waits for others at most, and for which none came if it is not to wait longer. */
  readonly waitMs: number;
  readonly quietMs: number;
}

/** What an item adds to its batch. */
export interface Weight extends Pick<BatchLimits, 'bytes' | 'coldBytes'> {
  /** Those of one group that come one after the other had better stay together. */
  readonly group?: string | undefined;
  /** Nobody waits for it: it goes with others, or when told that none come. Default false. */
  readonly isPutOff?: boolean;
}

interface Waiting<T> extends Weight {
  readonly item: T;
  readonly sinceMs: number;
}

/** Collects what goes together: until it is enough, or the oldest has waited long enough. First in, first out. */
export class BatchQueue<T> {
  readonly #limits: BatchLimits;
  readonly #waiting: Waiting<T>[] = [];
  #lastMs = 0;
  #isLast = false;
  #bytes = 0;
  #coldBytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(item: T, { bytes, coldBytes, group, isPutOff = false }: Weight, nowMs: number): void {
    this.#waiting.push({ item, bytes, coldBytes, group, isPutOff, sinceMs: nowMs });
    this.#bytes += bytes;
    this.#coldBytes += coldBytes;
    if (!isPutOff) this.#lastMs = nowMs;
    this.#isLast = false;
  }

  /** For now there will be no other: none is waited for. */
  last(): void {
    this.#isLast = true;
  }

  /** The next batch: within the limits, but always one item; undefined while it is not due. */
  take(nowMs: number): T[] | undefined {
    if (this.dueMs(nowMs) > 0) return undefined;
    const count = this.#fitting();
    const batch = this.#waiting.splice(0, count);
    for (const { bytes, coldBytes } of batch) {
      this.#bytes -= bytes;
      this.#coldBytes -= coldBytes;
    }
    return batch.map(({ item }) => item);
  }

  /** Milliseconds until there is a batch; 0: now; Infinity: nothing waits, or only what is put off. */
  dueMs(nowMs: number): number {
    if (this.#waiting.length === 0) return Infinity;
    const { bytes, coldBytes, files, waitMs, quietMs } = this.#limits;
    if (this.#bytes >= bytes || this.#coldBytes >= coldBytes || this.#waiting.length >= files || this.#isLast) return 0;
    const first = this.#waiting.find(({ isPutOff }) => isPutOff !== true);
    return first === undefined ? Infinity : Math.max(Math.min(first.sinceMs + waitMs, this.#lastMs + quietMs) - nowMs, 0);
  }

  /** Takes out everything. */
  clear(): T[] {
    this.#bytes = 0;
    this.#coldBytes = 0;
    return this.#waiting.splice(0).map(({ item }) => item);
  }

  /** How many of those that wait make a batch. */
  #fitting(): number {
    const { files } = this.#limits;
    let bytes = 0;
    let coldBytes = 0;
    let count = 0;
    let whole = 0;
    for (const waiting of this.#waiting) {
      if (count === files || (count > 0 && this.#exceeds(bytes + waiting.bytes, coldBytes + waiting.coldBytes))) break;
      if (count > 0 && waiting.group !== this.#waiting[count - 1].group) whole = count;
      bytes += waiting.bytes;
      coldBytes += waiting.coldBytes;
      count++;
    }
    // Of the group that it ends in, others may still come.
    const isCut = count < this.#waiting.length || (count === files && !this.#isLast);
    return isCut && 2 * whole >= count ? whole : count;
  }

  #exceeds(bytes: number, coldBytes: number): boolean {
    return bytes > this.#limits.bytes || coldBytes > this.#limits.coldBytes;
  }
}

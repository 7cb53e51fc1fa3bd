const HALF_LIFE_MS = 5_000;

/** Bytes a second, smoothed: what happened five seconds ago counts half. */
export class RateMeter {
  #bytes: number;
  #atMs: number;
  #rate: number | undefined;

  /** `bytes` are done already at `nowMs`, by an earlier run. */
  constructor(nowMs: number, bytes: number) {
    this.#atMs = nowMs;
    this.#bytes = bytes;
  }

  /** Bytes a second; 0 as long as nothing is known. */
  get rate(): number {
    return this.#rate ?? 0;
  }

  /** `bytes` are done in all at `nowMs`. */
  update(bytes: number, nowMs: number): void {
    const passedMs = nowMs - this.#atMs;
    if (passedMs <= 0) return;
    const current = (Math.max(0, bytes - this.#bytes) * 1000) / passedMs;
    const weight = 0.5 ** (passedMs / HALF_LIFE_MS);
    this.#rate = this.#rate === undefined ? current : this.#rate * weight + current * (1 - weight);
    this.#bytes = bytes;
    this.#atMs = nowMs;
  }
}

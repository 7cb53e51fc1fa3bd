import type { ResidencyColumns } from '../../model/index.js';
import type { ResidencyRuns } from '../probe/index.js';

/** Fills the residency columns of a batch; rows that are not set stay unknown. */
export class ResidencyColumnsBuilder {
  readonly #probedNs: Float64Array;
  readonly #probedMs: Float64Array;
  readonly #resident: Float64Array;
  readonly #dirty: Float64Array;
  readonly #runs: number[] = [];

  constructor(rows: number) {
    this.#probedNs = new Float64Array(rows);
    this.#probedMs = new Float64Array(rows);
    this.#resident = new Float64Array(rows);
    this.#dirty = new Float64Array(rows);
  }

  /** Rows have to be set in ascending order. */
  set(row: number, probedNs: number, probedMs: number, runs: ResidencyRuns): void {
    this.#probedNs[row] = probedNs;
    this.#probedMs[row] = probedMs;
    this.#resident[row] = runs.resident;
    this.#dirty[row] = runs.dirty;
    const { flat } = runs;
    for (let i = 0; i < flat.length; i += 3) this.#runs.push(row, flat[i], flat[i + 1], flat[i + 2]);
  }

  /** The first `count` rows; appends the memory that may be handed over to `transfer`. */
  build(count: number, transfer: ArrayBuffer[]): ResidencyColumns {
    const runs = Float64Array.from(this.#runs);
    transfer.push(this.#probedNs.buffer as ArrayBuffer, this.#probedMs.buffer as ArrayBuffer);
    transfer.push(this.#resident.buffer as ArrayBuffer, this.#dirty.buffer as ArrayBuffer, runs.buffer);
    return {
      probedNs: this.#probedNs.subarray(0, count),
      probedMs: this.#probedMs.subarray(0, count),
      resident: this.#resident.subarray(0, count),
      dirty: this.#dirty.subarray(0, count),
      runs,
    };
  }
}

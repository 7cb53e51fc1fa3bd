import type { FileRef } from '../model/index.js';
import type { Planner } from '../planner/index.js';
import { granulesOf, segmentBytesOf } from './granule.js';

/** How one task takes large files: in which pieces they are cut, the same for all tasks, and how many of these it takes at once. */
export class FilePieces {
  readonly #planner: Planner;
  readonly #granuleBytes: number;
  readonly #wantedBytes: (file: FileRef) => number | undefined;
  /** Pieces taken at once, of files where it is not one, by slot. */
  readonly #atOnce = new Map<number, number>();

  /** `wantedBytes`: what the plugin's `segmentBytes` says. */
  constructor(planner: Planner, granuleBytes: number, wantedBytes: (file: FileRef) => number | undefined) {
    this.#planner = planner;
    this.#granuleBytes = granuleBytes;
    this.#wantedBytes = wantedBytes;
  }

  /** Makes the file known to the planner, unless another task did: its size as it was then counts. */
  add(slot: number, file: FileRef, physical: number): void {
    if (!this.#planner.has(slot)) this.#planner.addFile(slot, file.size, segmentBytesOf(file.size, this.#granuleBytes), physical);
    if (this.#planner.units.count(slot) === 1) return;
    const pieces = granulesOf(this.#wantedBytes(file), this.#granuleBytes);
    if (pieces !== 1) this.#atOnce.set(slot, pieces);
  }

  /** Pieces that the task takes at once, Infinity for all of the file. */
  atOnce(slot: number): number {
    return this.#atOnce.get(slot) ?? 1;
  }

  /** Whether the task may have processed a part of the file, and not all of it. */
  isTakenInParts(slot: number): boolean {
    return this.#planner.units.count(slot) > 1 && this.atOnce(slot) !== Infinity;
  }

  /** Stamp of a version of a file that is done in part: of pieces of another length nothing is known. */
  partialStamp(stamp: bigint): bigint {
    return stamp ^ BigInt(this.#granuleBytes);
  }
}

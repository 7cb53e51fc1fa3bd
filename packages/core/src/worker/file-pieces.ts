import type { FileRef } from '../model/index.js';
import type { Planner } from '../planner/index.js';
import { granulesOf, segmentBytesOf } from './granule.js';

/** What a plugin says of a file that is cut, by its hooks of these names. */
export interface PieceWishes {
  segmentBytes(file: FileRef): number | undefined;
  continues(file: FileRef): boolean;
}

/** How one task takes large files: in which pieces they are cut, the same for all tasks, and how many of these it takes at once. */
export class FilePieces {
  readonly #planner: Planner;
  readonly #granuleBytes: number;
  readonly #wishes: PieceWishes;
  /** Pieces taken at once, of files where it is not one, by slot. */
  readonly #atOnce = new Map<number, number>();
  /** Slots of those that the task goes on with where it ended. */
  readonly #continued = new Set<number>();

  constructor(planner: Planner, granuleBytes: number, wishes: PieceWishes) {
    this.#planner = planner;
    this.#granuleBytes = granuleBytes;
    this.#wishes = wishes;
  }

  /** Makes the file known to the planner, unless another task did: its size as it was then counts. */
  add(slot: number, file: FileRef, physical: number): void {
    if (!this.#planner.has(slot)) this.#planner.addFile(slot, file.size, segmentBytesOf(file.size, this.#granuleBytes), physical);
    if (this.#planner.units.count(slot) === 1) return;
    const pieces = granulesOf(this.#wishes.segmentBytes(file), this.#granuleBytes);
    if (pieces !== 1) this.#atOnce.set(slot, pieces);
    if (this.#wishes.continues(file)) this.#continued.add(slot);
    else this.#continued.delete(slot);
  }

  /** Pieces that the task takes at once, Infinity for all of the file. */
  atOnce(slot: number): number {
    return this.#atOnce.get(slot) ?? 1;
  }

  /** Whether the task goes on with the file, piece by piece in ascending order, by what it has in memory. */
  isContinued(slot: number): boolean {
    return this.#continued.has(slot);
  }

  /** Whether a part of the file may be done, and the rest not, when another run goes on. */
  isTakenInParts(slot: number): boolean {
    return this.#planner.units.count(slot) > 1 && this.atOnce(slot) !== Infinity && !this.isContinued(slot);
  }

  /** Stamp of a version of a file that is done in part: of pieces of another length nothing is known. */
  partialStamp(stamp: bigint): bigint {
    return stamp ^ BigInt(this.#granuleBytes);
  }
}

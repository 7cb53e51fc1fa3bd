import { Pace } from './pace.js';

/** How a task takes the units of a file that is cut into several. */
export interface Grain {
  /** Units taken at once, Infinity for all of the file: aligned runs of them, as many in all files or by slot. Default 1. */
  readonly units?: number | ((slot: number) => number);
  /** Whether it takes the units of a file in ascending order only: of all files or by slot, the same for a file each time. Default false. */
  readonly inOrder?: boolean | ((slot: number) => boolean);
  /** Bytes of cold units that it may have under way. Default 4 MiB: one that turns up in the cache does not wait behind many. */
  readonly coldBytes?: () => number;
}

/** Bytes of cold units that a task has under way at once, usually. */
export const COLD_BYTES = 4 * 2 ** 20;

/** What a task needs, by when. */
export interface Declaration {
  /**
   * When it should be done, on the clock of `next`. Until it has to, it reads
   * nothing that is not cached or in flight. Absent: it wants to be done soon.
   */
  readonly deadlineMs?: number;
  /** How much of what it still needs suffices, from now on: each that is given has to be reached. Absent: all. */
  readonly needed?: { readonly files?: number; readonly bytes?: number };
}

/** What a planner knows of a task. */
export class PlannerTask {
  readonly number: number;
  readonly bit: number;
  readonly grain: Required<Grain>;
  readonly pace = new Pace();
  isLive = true;
  /** Units needed, those in process included, and their bytes. */
  left = 0;
  bytesLeft = 0;
  /** Picks in process. */
  busy = 0;
  /** Those of them that were cached, and the bytes of the others. */
  cached = 0;
  coldBytes = 0;
  /** Those of them for which something has to be read. */
  reading = 0;
  deadlineMs = Infinity;
  /** When it declared the deadline. */
  declaredMs = 0;
  /** What suffices, from now on; Infinity: all that is left. */
  filesEnough = Infinity;
  bytesEnough = Infinity;

  constructor(number: number, { units = 1, inOrder = false, coldBytes = () => COLD_BYTES }: Grain) {
    this.number = number;
    this.bit = 1 << number;
    this.grain = { units, inOrder, coldBytes };
  }

  /** Whether it takes the units of the file in ascending order only. */
  isInOrder(slot: number): boolean {
    const { inOrder } = this.grain;
    return typeof inOrder === 'boolean' ? inOrder : inOrder(slot);
  }

  /** Whether some of its units suffice. */
  get isFlexible(): boolean {
    return this.filesEnough < Infinity || this.bytesEnough < Infinity;
  }

  /** Whether what suffices has been processed. */
  get hasEnough(): boolean {
    return this.isFlexible && (this.filesEnough === Infinity || this.filesEnough <= 0) && (this.bytesEnough === Infinity || this.bytesEnough <= 0);
  }

  /** The part of what is left that it will process, from 0 to 1. */
  get share(): number {
    if (!this.isFlexible || this.left === 0) return 1;
    const files = this.filesEnough === Infinity ? 0 : this.filesEnough / this.left;
    const bytes = this.bytesEnough === Infinity ? 0 : this.bytesEnough / Math.max(this.bytesLeft, 1);
    return Math.min(Math.max(files, bytes, 0), 1);
  }

  /** Milliseconds that the task will take for what is left. */
  get timeMs(): number {
    return this.pace.timeMs(this.bytesLeft * this.share, this.left * this.share);
  }
}

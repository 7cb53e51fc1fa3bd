import type { PartialFile } from '../model/index.js';

/** Segments of one file that are done, in one version of it. */
interface Segments {
  stamp: bigint;
  readonly done: Uint8Array;
  left: number;
}

/**
 * Which segments of large files are done: a file is done when all are, and all
 * were of the same version of it.
 */
export class FileProgress {
  readonly #files = new Map<number, Segments>();
  /** Files whose segments changed since the last checkpoint. */
  readonly #touched = new Set<number>();

  /** Takes up what an interrupted run finished of the file (key `no`), if it is the same version; gives the finished segments. */
  resume(no: number, count: number, stamp: bigint, partial: PartialFile): number[] {
    if (partial.stamp !== stamp) return [];
    const segments = this.#start(no, count, stamp);
    const finished: number[] = [];
    for (let i = 0; i < count; i++) {
      if ((partial.segments[i >> 3] & (1 << (i & 7))) === 0) continue;
      segments.done[i >> 3] |= 1 << (i & 7);
      segments.left--;
      finished.push(i);
    }
    return finished;
  }

  /**
   * `done` segments of `count`, from `first` on, are done in the version `stamp`. `complete`: so are
   * all others; `mixed`: others are done, but of another version, and all have
   * to be processed again. Commits hear of what `isKept`.
   */
  finish(no: number, first: number, done: number, count: number, stamp: bigint, isKept = true): 'partial' | 'complete' | 'mixed' {
    const segments = this.#files.get(no) ?? this.#start(no, count, stamp);
    if (isKept) this.#touched.add(no);
    if (segments.stamp !== stamp) {
      this.#files.delete(no);
      return 'mixed';
    }
    for (let i = first; i < first + done; i++) {
      if (segments.done[i >> 3] & (1 << (i & 7))) continue;
      segments.done[i >> 3] |= 1 << (i & 7);
      segments.left--;
    }
    if (segments.left > 0) return 'partial';
    this.#files.delete(no);
    return 'complete';
  }

  /** Forgets the file: its segments have to be processed again. */
  forget(no: number): void {
    if (this.#files.delete(no)) this.#touched.add(no);
  }

  /** What changed since the last call, for a commit; files that are no longer in parts come without segments. */
  take(): PartialFile[] {
    const changed: PartialFile[] = [];
    for (const no of this.#touched) {
      const segments = this.#files.get(no);
      changed.push(segments === undefined ? { no, stamp: 0n, segments: new Uint8Array() } : { no, stamp: segments.stamp, segments: segments.done.slice() });
    }
    this.#touched.clear();
    return changed;
  }

  #start(no: number, count: number, stamp: bigint): Segments {
    const segments = { stamp, done: new Uint8Array((count + 7) >> 3), left: count };
    this.#files.set(no, segments);
    return segments;
  }
}

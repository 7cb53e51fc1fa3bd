import { nothingReleased, PAGE_BYTES } from '../../model/index.js';
import type { BytePath, ReleaseBatch } from '../../model/index.js';
import { CacheProbe, ResidencyRuns } from '../probe/index.js';
import type { Root } from '../read/root.js';
import { Advice, close, fadvise, Stat } from '../syscalls/index.js';
import { monotonicNs } from './clock.js';
import { pathsOf } from './file-targets.js';
import type { FileTargets } from './file-targets.js';

/** Pages to release. */
export interface ReleaseRequest extends FileTargets {
  /** Flat, three numbers a run: row of the file, first page, pages. Ordered by row. */
  readonly runs: Float64Array;
}

const TURN_NS = 5e6;

/**
 * Takes pages of files below a root out of the cache.
 *
 * Told that dirty pages are not needed, the kernel starts to write them, and
 * interrupts all CPUs because it could not drop them: only clean ones are named
 * to it. (Before Linux 6.5 they cannot be told apart.) Where the cache state is
 * not told, nothing can have been found to be one's own: nothing is done.
 */
export class Releaser {
  readonly #stat = new Stat();
  readonly #probe = new CacheProbe();
  readonly #cached = new ResidencyRuns();

  /** Releases all runs; waits for `turn` now and then, so that others may work meanwhile. */
  async release(root: Root, request: ReleaseRequest, turn: () => Promise<void>): Promise<ReleaseBatch> {
    const batch = nothingReleased(request.count);
    const { runs } = request;
    let turnNs = monotonicNs();
    let next = 0;
    for (const [row, path] of pathsOf(request).entries()) {
      if (monotonicNs() - turnNs > TURN_NS) {
        await turn();
        turnNs = monotonicNs();
      }
      const fd = this.#open(root, path, request.ino[row], request.statDev[row]);
      if (fd < 0) batch.gone[row] = 1;
      for (; next < runs.length && runs[next] === row; next += 3) {
        if (fd < 0) continue;
        const [first, pages] = [runs[next + 1], runs[next + 2]];
        const { uid } = this.#stat;
        if (!this.#probe.readRange(fd, first, pages, uid, this.#cached) || this.#cached.resident === 0) continue;
        this.#dropClean(fd);
        const left = Math.min(this.#probe.count(fd, first, pages, uid) ?? 0, this.#cached.resident);
        batch.released[row] += this.#cached.resident - left;
        batch.left[row] += left;
      }
      if (fd >= 0) close(fd);
    }
    return batch;
  }

  #open(root: Root, path: BytePath, ino: number, statDev: number): number {
    const fd = root.openFile(path);
    if (fd < 0) return fd;
    const stat = this.#stat;
    if (stat.read(fd) === 0 && stat.isRegular && stat.ino === ino && stat.dev === statDev) return fd;
    close(fd);
    return -1;
  }

  #dropClean(fd: number): void {
    const { flat } = this.#cached;
    for (let at = 0; at < flat.length; at += 3) {
      const dirty = flat[at + 2] === 1;
      if (!dirty) fadvise(fd, flat[at] * PAGE_BYTES, flat[at + 1] * PAGE_BYTES, Advice.DONTNEED);
    }
  }
}

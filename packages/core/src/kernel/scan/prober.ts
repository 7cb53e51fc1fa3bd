import type { BytePath, ProbeBatch } from '../../model/index.js';
import { residencyKnown } from '../probe/index.js';
import type { Root } from '../read/root.js';
import { close } from '../syscalls/index.js';
import { monotonicNs } from './clock.js';
import { FileLook } from './file-look.js';
import { pathsOf } from './file-targets.js';
import type { FileTargets } from './file-targets.js';
import { ResidencyColumnsBuilder } from './residency-columns.js';

/** Files to look at again. */
export interface ProbeRequest extends FileTargets {
  readonly slot: Uint32Array;
}

/** Looks again at files below a root, by their names. */
export class Prober {
  readonly #look = new FileLook();
  /** Whether the cache state is told truthfully, by `st_dev`. */
  readonly #known = new Map<number, boolean>();

  /** Looks at all targets below `root`; waits for `turn` now and then, so that others may work meanwhile. */
  async probe(root: Root, request: ProbeRequest, turn: () => Promise<void>): Promise<{ batch: ProbeBatch; transfer: ArrayBuffer[] }> {
    const { count } = request;
    const paths = pathsOf(request);
    const gone = new Uint8Array(count);
    const size = new Float64Array(count);
    const mtimeNs = new BigInt64Array(count);
    const ctimeNs = new BigInt64Array(count);
    const residency = new ResidencyColumnsBuilder(count);
    const { stat, runs } = this.#look;
    let turnNs = monotonicNs();
    for (let row = 0; row < count; row++) {
      const nowNs = monotonicNs();
      if (nowNs - turnNs > 5e6) {
        await turn();
        turnNs = monotonicNs();
      }
      // Before the state is read: what is written after it must not look older.
      const nowMs = Date.now();
      const found = this.#find(root, paths[row], request.ino[row], request.statDev[row]);
      if (found === 'gone') {
        gone[row] = 1;
        continue;
      }
      if (found >= 0) {
        if (this.#isKnown(found) && this.#look.readCache(found)) residency.set(row, nowNs, nowMs, runs);
        close(found);
      }
      size[row] = stat.size;
      mtimeNs[row] = stat.mtimeNs;
      ctimeNs[row] = stat.ctimeNs;
    }
    const transfer: ArrayBuffer[] = [request.slot.buffer as ArrayBuffer, gone.buffer, size.buffer, mtimeNs.buffer, ctimeNs.buffer];
    return { batch: { count, slot: request.slot, gone, size, mtimeNs, ctimeNs, residency: residency.build(count, transfer) }, transfer };
  }

  /** A descriptor of the file, -1 if it may be looked at but not opened; its state is in `stat`. */
  #find(root: Root, path: BytePath, ino: number, statDev: number): number | 'gone' {
    const { stat } = this.#look;
    const opened = root.openFile(path);
    const fd = opened >= 0 ? opened : root.locate(path);
    if (fd < 0) return 'gone';
    const same = stat.read(fd) === 0 && stat.isRegular && stat.ino === ino && stat.dev === statDev;
    if (!same || opened < 0) close(fd);
    if (!same) return 'gone';
    return opened >= 0 ? fd : -1;
  }

  #isKnown(fd: number): boolean {
    const { dev } = this.#look.stat;
    let known = this.#known.get(dev);
    if (known === undefined) this.#known.set(dev, (known = residencyKnown(fd)));
    return known;
  }
}

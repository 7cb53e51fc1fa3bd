import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { fromBytes, fromText, joinPath } from '../../../src/model/index.js';
import type { BytePath, ScanBatch, ScannedFs, ScanOptions, ScanProblem } from '../../../src/model/index.js';

/** One row of a scan, as an object. */
export interface ScannedFile {
  readonly path: BytePath;
  readonly fs: ScannedFs;
  readonly ino: number;
  readonly gen: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly physical: number;
  readonly probedNs: number;
  readonly resident: number;
  readonly dirty: number;
  readonly runs: readonly number[];
}

/** Everything that a walk found. */
export interface ScannedTree {
  readonly files: Map<BytePath, ScannedFile>;
  readonly folders: BytePath[];
  readonly fs: ScannedFs[];
  readonly problems: ScanProblem[];
}

/** Puts the batches of a walk together. */
export class TreeCollector implements ScannedTree {
  readonly files = new Map<BytePath, ScannedFile>();
  readonly folders: BytePath[] = [];
  readonly fs: ScannedFs[] = [];
  readonly problems: ScanProblem[] = [];

  add(batch: ScanBatch): void {
    this.fs.push(...batch.newFs);
    this.problems.push(...batch.problems);
    for (const { no, parent, name } of batch.newFolders) this.folders[no] = no === 0 ? name : joinPath(this.folders[parent], name);
    const runs = new Map<number, number[]>();
    for (let i = 0; i < batch.residency.runs.length; i += 4) {
      const [row, ...run] = batch.residency.runs.subarray(i, i + 4);
      runs.set(row, [...(runs.get(row) ?? []), ...run]);
    }
    for (let i = 0; i < batch.count; i++) {
      const name = fromBytes(batch.names.subarray(i === 0 ? 0 : batch.nameEnd[i - 1], batch.nameEnd[i]));
      const path = joinPath(this.folders[batch.folder[i]], name);
      this.files.set(path, {
        path,
        fs: this.fs[batch.fs[i]],
        ino: batch.ino[i],
        gen: batch.gen[i],
        nlink: batch.nlink[i],
        size: batch.size[i],
        mtimeNs: batch.mtimeNs[i],
        ctimeNs: batch.ctimeNs[i],
        physical: batch.physical[i],
        probedNs: batch.residency.probedNs[i],
        resident: batch.residency.resident[i],
        dirty: batch.residency.dirty[i],
        runs: runs.get(i) ?? [],
      });
    }
  }
}

/** Walks `path` with a scanner of its own. */
export async function scanTree(path: string, options: Partial<ScanOptions> = {}): Promise<ScannedTree> {
  const scanner = new ThreadScanner(fromText(path));
  try {
    return await collect(scanner, options);
  } finally {
    await scanner.close();
  }
}

/** Walks with `scanner` and keeps everything. */
export async function collect(scanner: ThreadScanner, options: Partial<ScanOptions> = {}): Promise<ScannedTree> {
  const tree = new TreeCollector();
  for await (const batch of scanner.scan({ residency: true, physical: true, ...options })) tree.add(batch);
  return tree;
}

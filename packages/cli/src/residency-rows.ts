import { joinPath, pagesOf } from '@duet/core/model';
import type { BytePath, ResidencyColumns, ScanBatch, ScanProblem } from '@duet/core';
import { MAP_CELLS } from './render/residency-line.js';
import type { FileResidency } from './render/residency-line.js';

/** A file met by a walk. */
export interface FoundFile extends FileResidency {
  /** Names the file while the walk goes on, where it has several names; '' where it has one. */
  readonly sharedKey: string;
  /** Whether its cache state could be read. */
  readonly known: boolean;
}

/** Turns batches of a walk into files with their whole paths, as they were asked for. */
export class ResidencyRows {
  readonly #folders = new Map<number, BytePath>();
  readonly #root: BytePath;

  /** `root` is the walked path, as paths are to begin with it. */
  constructor(root: BytePath) {
    this.#root = root;
    this.#folders.set(0, root);
  }

  *filesOf(batch: ScanBatch): Generator<FoundFile> {
    for (const { no, parent, name } of batch.newFolders) {
      if (no !== 0) this.#folders.set(no, joinPath(this.#folders.get(parent) as BytePath, name));
    }
    const maps = runsOf(batch.residency, batch.count);
    for (let row = 0, start = 0; row < batch.count; row += 1) {
      const end = batch.nameEnd[row];
      const name = Buffer.from(batch.names.buffer, batch.names.byteOffset + start, end - start).toString('latin1') as BytePath;
      start = end;
      const folder = this.#folders.get(batch.folder[row]) as BytePath;
      const size = batch.size[row];
      const pages = pagesOf(size);
      yield {
        path: name === '' ? this.#root : joinPath(folder, name),
        size,
        pages,
        resident: batch.residency.resident[row],
        dirty: batch.residency.dirty[row],
        map: mapOf(maps.get(row) ?? [], pages),
        sharedKey: (batch.nlink[row]) > 1 ? `${batch.fs[row]}:${batch.ino[row]}` : '',
        known: batch.residency.probedNs[row] !== 0,
      };
    }
  }

  /** Path of something that the walk could not look at, as it was asked for. */
  problemPath({ path }: ScanProblem): BytePath {
    return path === '' ? this.#root : joinPath(this.#root, path);
  }
}

type Run = readonly [first: number, pages: number];

function runsOf({ runs }: ResidencyColumns, count: number): Map<number, Run[]> {
  const byRow = new Map<number, Run[]>();
  for (let i = 0; i + 3 < runs.length; i += 4) {
    const row = runs[i];
    if (row >= count) continue;
    const list = byRow.get(row);
    const run: Run = [runs[i + 1], runs[i + 2]];
    if (list === undefined) byRow.set(row, [run]);
    else list.push(run);
  }
  return byRow;
}

/** Share of cached pages in each cell; a file of fewer pages than cells shows each page over several. */
export function mapOf(runs: readonly Run[], pages: number): number[] {
  if (pages === 0) return [];
  const cellPages = pages / MAP_CELLS;
  const cells = new Array<number>(MAP_CELLS).fill(0);
  for (const [first, length] of runs) {
    const end = Math.min(pages, first + length);
    const lastCell = Math.min(MAP_CELLS - 1, Math.ceil(end / cellPages) - 1);
    for (let cell = Math.floor(first / cellPages); cell <= lastCell; cell += 1) {
      const overlap = Math.min(end, (cell + 1) * cellPages) - Math.max(first, cell * cellPages);
      cells[cell] = (cells[cell]) + Math.max(0, overlap) / cellPages;
    }
  }
  // Sums of fractions fall short of 1 by rounding.
  return cells.map((share) => (share > 1 - 1e-9 ? 1 : share));
}

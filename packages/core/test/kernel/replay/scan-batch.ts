import type { BytePath, ScanBatch, ScannedFs } from '../../../src/model/index.js';

export const FS: ScannedFs = {
  fs: '0b5d2c1e-0000-4000-8000-000000000001',
  dev: 7 * 2 ** 20,
  subvolume: 0,
  sharesNumbers: false,
  statDev: 7 * 2 ** 20,
  fsType: 'ext4',
  mountPoint: '/mnt' as BytePath,
  mountedAfterMs: 1_000,
  residencyKnown: true,
  directRead: 'odirect',
};

export interface Row {
  readonly folder: number;
  readonly name: string;
  readonly ino: number;
  readonly size: number;
  /** First page, pages, 1 if dirty. */
  readonly runs?: readonly (readonly [number, number, number])[];
  readonly probedNs?: number;
}

/** A scan's batch from a few rows. */
export function scanBatch(rows: readonly Row[], folders: readonly [no: number, parent: number, name: string][], newFs: readonly ScannedFs[]): ScanBatch {
  let end = 0;
  const pages = (row: Row, dirtyOnly: boolean): number =>
    (row.runs ?? []).reduce((sum, [, count, dirty]) => sum + (dirtyOnly && dirty === 0 ? 0 : count), 0);
  return {
    count: rows.length,
    newFs,
    newFolders: folders.map(([no, parent, name]) => ({ no, parent, name: name as BytePath })),
    fs: new Uint16Array(rows.length),
    ino: Float64Array.from(rows, (row) => row.ino),
    gen: Uint32Array.from(rows, (row) => row.ino + 100),
    folder: Uint32Array.from(rows, (row) => row.folder),
    names: Buffer.from(rows.map((row) => row.name).join(''), 'latin1'),
    nameEnd: Uint32Array.from(rows, (row) => (end += row.name.length)),
    nlink: new Uint32Array(rows.length).fill(1),
    size: Float64Array.from(rows, (row) => row.size),
    mtimeNs: BigInt64Array.from(rows, (row) => BigInt(row.ino) * 1_000_000_000_000_000_007n),
    ctimeNs: BigInt64Array.from(rows, () => -5n),
    physical: Float64Array.from(rows, (row) => (row.size === 0 ? Infinity : row.ino * 4096)),
    residency: {
      probedNs: Float64Array.from(rows, (row) => row.probedNs ?? 0),
      probedMs: Float64Array.from(rows, (row) => (row.probedNs === undefined ? 0 : 1_700_000_000_000)),
      resident: Float64Array.from(rows, (row) => pages(row, false)),
      dirty: Float64Array.from(rows, (row) => pages(row, true)),
      runs: Float64Array.from(rows.flatMap((row, at) => (row.runs ?? []).flatMap((run) => [at, ...run]))),
    },
    problems: [],
  };
}

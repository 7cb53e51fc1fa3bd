import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitLine } from '../duet/lines.js';
import type { Disk } from './bench.js';
import type { ProcessedUnit } from './shared-reads.js';

/** Units that a run reported of one task, for files of these inodes. */
export function processedUnits(units: readonly UnitLine[], task: string, inodes: ReadonlyMap<string, number>): ProcessedUnit[] {
  return units
    .filter((unit) => unit.task === task)
    .map(({ path, offset, bytes, endMs, reason }) => ({ ino: inodes.get(path) ?? 0, offset, bytes, endMs, direct: reason === 'direct' }));
}

/** Inodes of a tree's files, by path. */
export function inodesOf({ root, tree }: Disk): Map<string, number> {
  return new Map(tree.files.map((file) => [file.path, statSync(join(root, file.path)).ino]));
}

import { ExtentFlag, Fiemap } from './fiemap.js';
import type { Extent } from './fiemap.js';

const NO_PLACE = ExtentFlag.UNKNOWN | ExtentFlag.DELALLOC | ExtentFlag.INLINE;

const first = new Fiemap(1);

/**
 * The first mapped extent of an open file at or behind byte `offset`.
 * Undefined if there is none; negative errno if the file system does not tell.
 */
export function extentAt(fd: number, offset: number): Extent | undefined | number {
  const count = first.read(fd, offset);
  if (count < 0) return count;
  return count === 0 ? undefined : first.extent(0);
}

/**
 * Where an open file starts on the disk, in bytes: Infinity if it has no place
 * (empty, a hole, kept in the inode, or not written back yet), 0 if the file
 * system does not tell.
 */
export function firstPhysical(fd: number): number {
  const extent = extentAt(fd, 0);
  if (typeof extent === 'number') return 0;
  return extent === undefined || (extent.flags & NO_PLACE) !== 0 ? Infinity : extent.physical;
}

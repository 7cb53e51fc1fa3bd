import { ExtentFlag, Fiemap } from './fiemap.js';
import type { Extent } from './fiemap.js';

/** Extents that one call gives. */
const ROOM = 256;
let map: Fiemap | undefined;

/** All extents of an open file, in the order of the file, as they are now; negative errno if the file system does not tell. */
export function fileExtents(fd: number): Extent[] | number {
  map ??= new Fiemap(ROOM);
  const extents: Extent[] = [];
  for (;;) {
    const end = extents.at(-1);
    const count = map.read(fd, end === undefined ? 0 : end.logical + end.length);
    if (count < 0) return count;
    for (let i = 0; i < count; i++) extents.push(map.extent(i));
    if (count === 0 || ((extents.at(-1)?.flags ?? 0) & ExtentFlag.LAST) !== 0) return extents;
  }
}

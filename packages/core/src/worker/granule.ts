const MIB = 2 ** 20;
/** Bounds of the pieces that tasks share of a large file. */
const LEAST_BYTES = MIB;
const MOST_BYTES = 16 * MIB;
/** Files of more pieces than this are cut, others are one unit: of what may be outstanding at once, half is the most that one file takes, so that the next is read while the slowest task is at its end. */
const UNCUT_PIECES = 2;
/** Of what the page cache can take, a piece is at most this part: the run may fill a quarter, and of pieces that all tasks have begun some are read while others are consumed. */
const PART_OF_CAPACITY = 1 / 16;

/**
 * Length in bytes of the pieces that large files are cut into: a power of two,
 * 16 MiB unless the cache is small. By its capacity, which does not depend on
 * what waits to be written: a run that goes on with another one's files has to
 * cut them alike.
 */
export function granuleBytesFor(capacityBytes: number): number {
  let granule = MOST_BYTES;
  while (granule > LEAST_BYTES && granule > capacityBytes * PART_OF_CAPACITY) granule /= 2;
  return granule;
}

/** Length in bytes of the segments of a file of this size, the same for all tasks; 0: it is not cut. */
export function segmentBytesOf(size: number, granuleBytes: number): number {
  return size > UNCUT_PIECES * granuleBytes ? granuleBytes : 0;
}

/** How many pieces make up the segments of `wantedBytes` that a plugin asked for (0: the whole file; undefined: as they are). */
export function granulesOf(wantedBytes: number | undefined, granuleBytes: number): number {
  if (wantedBytes === undefined) return 1;
  return wantedBytes === 0 ? Infinity : Math.ceil(wantedBytes / granuleBytes);
}

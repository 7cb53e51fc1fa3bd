import { ExtentFlag, fileExtents } from '@duet/core/kernel/probe';
import type { Extent } from '@duet/core/kernel/probe';

/** A range of a file, in bytes. */
export interface Range {
  readonly offset: number;
  readonly bytes: number;
}

/** How a file lies on the disk. */
export interface FileLayout {
  /** Places on the disk where a read of the whole file has to begin anew: extents, those that touch each other counted as one. */
  readonly fragments: number;
  /** Bytes that have a place on the disk. */
  readonly mappedBytes: number;
  /** Bytes that other files or snapshots have too. */
  readonly sharedBytes: number;
  /** Bytes that are compressed or encrypted by the file system. */
  readonly encodedBytes: number;
  /** Bytes that are not written back yet. */
  readonly unplacedBytes: number;
  /** Bytes that are allocated and read as zeros. */
  readonly unwrittenBytes: number;
  /** Ranges of the file that have blocks, whether written or not, in order. */
  readonly allocated: readonly Range[];
  /** Those that hold data, in order. */
  readonly written: readonly Range[];
}

const NO_PLACE = ExtentFlag.DELALLOC | ExtentFlag.UNKNOWN | ExtentFlag.INLINE;

/** The layout of an open file as it is now; negative errno if its file system does not tell. */
export function readLayout(fd: number): FileLayout | number {
  const extents = fileExtents(fd);
  return typeof extents === 'number' ? extents : layoutOf(extents);
}

/** What extents, in the order of the file, come to. */
export function layoutOf(extents: readonly Extent[]): FileLayout {
  const allocated: Range[] = [];
  const written: Range[] = [];
  let [fragments, mappedBytes, sharedBytes, encodedBytes, unplacedBytes, unwrittenBytes] = [0, 0, 0, 0, 0, 0];
  let before: Extent | undefined;
  for (const extent of extents) {
    const { logical: offset, length: bytes, flags } = extent;
    if ((flags & (ExtentFlag.DELALLOC | ExtentFlag.UNKNOWN)) !== 0) unplacedBytes += bytes;
    if ((flags & NO_PLACE) !== 0) continue;
    if (before === undefined || !follows(before, extent)) fragments++;
    before = extent;
    mappedBytes += bytes;
    if ((flags & ExtentFlag.SHARED) !== 0) sharedBytes += bytes;
    if ((flags & ExtentFlag.ENCODED) !== 0) encodedBytes += bytes;
    append(allocated, { offset, bytes });
    if ((flags & ExtentFlag.UNWRITTEN) === 0) append(written, { offset, bytes });
    else unwrittenBytes += bytes;
  }
  return { fragments, mappedBytes, sharedBytes, encodedBytes, unplacedBytes, unwrittenBytes, allocated, written };
}

/** Whether the disk reads on from one extent to the next. What is compressed is shorter there, by nobody knows how much. */
function follows({ physical, length, flags }: Extent, next: Extent): boolean {
  const gap = next.physical - physical;
  return (flags & ExtentFlag.ENCODED) === 0 ? gap === length : gap > 0 && gap <= length;
}

function append(ranges: Range[], { offset, bytes }: Range): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.offset + last.bytes === offset) ranges[ranges.length - 1] = { offset: last.offset, bytes: last.bytes + bytes };
  else ranges.push({ offset, bytes });
}

/** The parts of `ranges` that lie within `bytes` bytes from `offset`. */
export function within(ranges: readonly Range[], { offset, bytes }: Range): Range[] {
  return ranges.flatMap((range) => {
    const from = Math.max(range.offset, offset);
    const to = Math.min(range.offset + range.bytes, offset + bytes);
    return from < to ? [{ offset: from, bytes: to - from }] : [];
  });
}

import { ioctl, NativeBuffer } from '../syscalls/index.js';

const FS_IOC_FIEMAP = 0xc020660b;
const HEADER_BYTES = 32;
const EXTENT_BYTES = 56;
const EXTENT_UNKNOWN = 0x2;
const EXTENT_DELALLOC = 0x4;
const EXTENT_DATA_INLINE = 0x200;
const NO_PLACE = EXTENT_UNKNOWN | EXTENT_DELALLOC | EXTENT_DATA_INLINE;

const map = new NativeBuffer(HEADER_BYTES + EXTENT_BYTES);

/** An extent of a file on the disk; all in bytes. */
export interface Extent {
  readonly logical: number;
  readonly physical: number;
  readonly length: number;
  readonly flags: number;
}

/**
 * The first mapped extent of an open file at or behind byte `offset`, as the
 * file system tells it now: data that was not written back may have none.
 * Undefined if there is none; negative errno if the file system does not tell.
 *
 * @see https://docs.kernel.org/filesystems/fiemap.html
 */
export function extentAt(fd: number, offset: number): Extent | undefined | number {
  const failed = readMap(fd, offset);
  if (failed < 0) return failed;
  if (map.view.getUint32(20, true) === 0) return undefined;
  return {
    logical: map.u64(HEADER_BYTES),
    physical: map.u64(HEADER_BYTES + 8),
    length: map.u64(HEADER_BYTES + 16),
    flags: map.view.getUint32(HEADER_BYTES + 40, true),
  };
}

/**
 * Where an open file starts on the disk, in bytes: Infinity if it has no place
 * (empty, a hole, kept in the inode, or not written back yet), 0 if the file
 * system does not tell.
 */
export function firstPhysical(fd: number): number {
  if (readMap(fd, 0) < 0) return 0;
  if (map.view.getUint32(20, true) === 0) return Infinity;
  if ((map.view.getUint32(HEADER_BYTES + 40, true) & NO_PLACE) !== 0) return Infinity;
  return map.u64(HEADER_BYTES + 8);
}

function readMap(fd: number, offset: number): number {
  const { view } = map;
  map.setU64(0, offset);
  view.setUint32(8, 0xffffffff, true);
  view.setUint32(12, 0x7fffffff, true);
  view.setUint32(16, 0, true); // flags: in particular no FIEMAP_FLAG_SYNC, which would write the file back
  view.setUint32(20, 0, true);
  view.setUint32(24, 1, true); // room for one extent
  return ioctl(fd, FS_IOC_FIEMAP, map.address);
}

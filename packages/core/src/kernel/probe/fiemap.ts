import { ioctl, NativeBuffer } from '../syscalls/index.js';

const FS_IOC_FIEMAP = 0xc020660b;
const HEADER_BYTES = 32;
const EXTENT_BYTES = 56;

/** What a file system says of an extent. */
export const ExtentFlag = {
  LAST: 0x1,
  /** It has no place that is known. */
  UNKNOWN: 0x2,
  /** Not written back yet: it has no place. */
  DELALLOC: 0x4,
  /** Compressed or encrypted: shorter on the disk than in the file, or unreadable there. */
  ENCODED: 0x8,
  /** Kept in the inode. */
  INLINE: 0x200,
  /** Allocated, and reads as zeros. */
  UNWRITTEN: 0x800,
  /** Other files, or snapshots, have it too. */
  SHARED: 0x2000,
} as const;

/** An extent of a file on the disk; all in bytes. */
export interface Extent {
  readonly logical: number;
  readonly physical: number;
  readonly length: number;
  /** Bits of `ExtentFlag`. */
  readonly flags: number;
}

/**
 * Where a file lies on the disk, as the file system tells it now: nothing is
 * written back for it. Reading again overwrites it.
 *
 * @see https://docs.kernel.org/filesystems/fiemap.html
 */
export class Fiemap {
  readonly #room: number;
  readonly #map: NativeBuffer;

  /** Reads `room` extents at once. */
  constructor(room: number) {
    this.#room = room;
    this.#map = new NativeBuffer(HEADER_BYTES + room * EXTENT_BYTES);
  }

  /** Reads the extents of an open file from the one at or behind byte `offset` on. How many, or negative errno. */
  read(fd: number, offset: number): number {
    const { view } = this.#map;
    this.#map.setU64(0, offset);
    view.setUint32(8, 0xffffffff, true);
    view.setUint32(12, 0x7fffffff, true);
    view.setUint32(16, 0, true); // flags: in particular no FIEMAP_FLAG_SYNC, which would write the file back
    view.setUint32(20, 0, true);
    view.setUint32(24, this.#room, true);
    const failed = ioctl(fd, FS_IOC_FIEMAP, this.#map.address);
    return failed < 0 ? failed : view.getUint32(20, true);
  }

  extent(i: number): Extent {
    const at = HEADER_BYTES + i * EXTENT_BYTES;
    return { logical: this.#map.u64(at), physical: this.#map.u64(at + 8), length: this.#map.u64(at + 16), flags: this.#map.view.getUint32(at + 40, true) };
  }
}

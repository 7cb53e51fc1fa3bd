import type { Inode } from '../../model/index.js';
import type { FileHandle } from '../syscalls/index.js';

/** Layouts of file handles: the kernel's `enum fid_type`. Those with a parent have it behind the file itself. */
const FID_INO32_GEN = 1;
const FID_INO32_GEN_PARENT = 2;
const FID_BTRFS = 0x4d;
const FID_BTRFS_PARENT = 0x4e;
const FID_BTRFS_PARENT_ROOT = 0x4f;
const FID_INO64_GEN = 0x81;
const FID_INO64_GEN_PARENT = 0x82;

const BTRFS_BYTES = 20;
/** The folder at the top of a btrfs subvolume, and the subvolume at the top of all. */
const BTRFS_ROOT_INO = 256;
const BTRFS_TOP_SUBVOLUME = 5;

/**
 * The inode that a handle of `bytes` bytes names, which stands at byte `at` of
 * `view`. Undefined for other layouts than those of ext4, xfs and btrfs.
 */
export function inodeOfHandle(type: number, view: DataView, at: number, bytes: number): Inode | undefined {
  switch (type) {
    case FID_INO32_GEN:
    case FID_INO32_GEN_PARENT:
      // tmpfs has three words of its own behind the same type.
      if (bytes !== (type === FID_INO32_GEN ? 8 : 16)) return undefined;
      return { ino: view.getUint32(at, true), gen: view.getUint32(at + 4, true), subvolume: 0 };
    case FID_INO64_GEN:
    case FID_INO64_GEN_PARENT:
      if (bytes < 12) return undefined;
      return { ino: u64(view, at), gen: view.getUint32(at + 8, true), subvolume: 0 };
    case FID_BTRFS:
    case FID_BTRFS_PARENT:
    case FID_BTRFS_PARENT_ROOT:
      if (bytes < BTRFS_BYTES) return undefined;
      return { ino: u64(view, at), gen: view.getUint32(at + 16, true), subvolume: u64(view, at + 8) };
    default:
      return undefined;
  }
}

/** Sets `handle` to the folder at the very top of a btrfs, above all subvolumes. */
export function setBtrfsTop(handle: FileHandle): void {
  const payload = new Uint8Array(BTRFS_BYTES);
  const view = new DataView(payload.buffer);
  view.setUint32(0, BTRFS_ROOT_INO, true);
  view.setUint32(8, BTRFS_TOP_SUBVOLUME, true);
  handle.set(FID_BTRFS, payload);
}

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

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

/** The folder at the very top of a btrfs, above all subvolumes. */
export const BTRFS_TOP: Inode = { ino: 256, gen: 0, subvolume: 5 };

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

/**
 * Sets `handle` to an inode of a file system of that type; false if its layout
 * is not known. ext4 and btrfs take a generation of 0 for any.
 */
export function setInode(handle: FileHandle, fsType: string, { ino, gen, subvolume }: Inode): boolean {
  switch (fsType) {
    case 'ext2':
    case 'ext3':
    case 'ext4':
      handle.set(FID_INO32_GEN, payload(ino, gen));
      return true;
    case 'xfs':
      handle.set(FID_INO64_GEN, payload(...words(ino), gen));
      return true;
    case 'btrfs':
      handle.set(FID_BTRFS, payload(...words(ino), ...words(subvolume), gen));
      return true;
    default:
      return false;
  }
}

function payload(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function words(value: number): [number, number] {
  return [value >>> 0, Math.floor(value / 0x1_0000_0000)];
}

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}

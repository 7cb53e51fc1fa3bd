import { crc32 } from 'node:zlib';
import { ioctl, NativeBuffer } from '../syscalls/index.js';
import type { FileHandle, Stat } from '../syscalls/index.js';

const FS_IOC_GETVERSION = 0x80087601;
const scratch = new NativeBuffer(16);

/** Layouts of file handles: the kernel's `enum fid_type`. */
const FID_INO32_GEN = 1;
const FID_INO32_GEN_PARENT = 2;
const FID_BTRFS = 0x4d;
const FID_BTRFS_PARENT = 0x4e;
const FID_BTRFS_PARENT_ROOT = 0x4f;
const FID_XFS_INO64_GEN = 0x81;
const FID_XFS_INO64_GEN_PARENT = 0x82;

/** Generation of an open file's inode as its file system tells it, undefined if it does not. */
export function generationOfOpen(fd: number): number | undefined {
  return ioctl(fd, FS_IOC_GETVERSION, scratch.address) < 0 ? undefined : scratch.view.getUint32(0, true);
}

/**
 * Generation of an inode by its handle, the same that `generationOfOpen`
 * tells on ext4, xfs and btrfs. On other file systems a number that differs
 * between a file and its successor if the handle does.
 */
export function generationOfHandle(handle: FileHandle): number {
  const { payload } = handle;
  switch (handle.type) {
    case FID_INO32_GEN:
    case FID_INO32_GEN_PARENT:
      // tmpfs has three words of its own behind the same type.
      return payload.byteLength % 8 === 0 ? payload.getUint32(4, true) : hash(payload);
    case FID_XFS_INO64_GEN:
    case FID_XFS_INO64_GEN_PARENT:
      return payload.getUint32(8, true);
    case FID_BTRFS:
    case FID_BTRFS_PARENT:
    case FID_BTRFS_PARENT_ROOT:
      return payload.getUint32(16, true);
    default:
      return hash(payload);
  }
}

function hash(payload: DataView): number {
  return crc32(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
}

/** Number of the btrfs subvolume that a handle is in; 0 for other file systems. */
export function subvolumeOfHandle(handle: FileHandle): number {
  const { type, payload } = handle;
  if (type !== FID_BTRFS && type !== FID_BTRFS_PARENT && type !== FID_BTRFS_PARENT_ROOT) return 0;
  return payload.getUint32(8, true) + payload.getUint32(12, true) * 0x1_0000_0000;
}

/** For file systems without generations and handles: made of when the file was, 0 if that is not known either. */
export function generationOfStat(stat: Stat): number {
  return Number(BigInt.asUintN(32, stat.btimeNs ^ (stat.btimeNs >> 32n)));
}

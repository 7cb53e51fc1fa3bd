import { crc32 } from 'node:zlib';
import type { Inode } from '../../model/index.js';
import { ioctl, NativeBuffer } from '../syscalls/index.js';
import type { FileHandle, Stat } from '../syscalls/index.js';
import { inodeOfHandle } from './handle-inode.js';

const FS_IOC_GETVERSION = 0x80087601;
const scratch = new NativeBuffer(16);

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
  return named(handle)?.gen ?? hash(handle.payload);
}

/** Number of the btrfs subvolume that a handle is in; 0 for other file systems. */
export function subvolumeOfHandle(handle: FileHandle): number {
  return named(handle)?.subvolume ?? 0;
}

/** For file systems without generations and handles: made of when the file was, 0 if that is not known either. */
export function generationOfStat(stat: Stat): number {
  return Number(BigInt.asUintN(32, stat.btimeNs ^ (stat.btimeNs >> 32n)));
}

function named({ type, payload }: FileHandle): Inode | undefined {
  return inodeOfHandle(type, payload, 0, payload.byteLength);
}

function hash(payload: DataView): number {
  return crc32(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
}

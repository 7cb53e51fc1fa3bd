import { ioctl, NativeBuffer } from '../syscalls/index.js';
import { BTRFS_TOP } from './handle-inode.js';

/** `_IOWR(0x94, 61, struct btrfs_ioctl_get_subvol_rootref_args)` */
const BTRFS_IOC_GET_SUBVOL_ROOTREF = 0xd000943d;
/** `min_treeid`, 255 references of 16 bytes, `num_items` and padding. */
const ARGS_BYTES = 4096;
const COUNT_AT = 4088;

const args = new NativeBuffer(ARGS_BYTES);

/**
 * Whether files of the superblock that an open file or folder is on may have
 * the same inode number, by the subvolume that it is in (0: no btrfs): each
 * subvolume of a btrfs counts its own. All of them stand somewhere below the
 * top, so that one which has none below it is alone.
 *
 * @see https://btrfs.readthedocs.io/en/latest/btrfs-ioctl.html
 */
export function sharesNumbers(fd: number, subvolume: number): boolean {
  if (subvolume === 0) return false;
  return isBelowTop(subvolume) || hasSubvolumesBelow(fd);
}

/** Whether it is a btrfs's subvolume other than the top: then there are two at least. */
export function isBelowTop(subvolume: number): boolean {
  return subvolume !== 0 && subvolume !== BTRFS_TOP.subvolume;
}

/** Errors count as yes: before Linux 4.18 it is not told, and more than 255 do not fit. */
function hasSubvolumesBelow(fd: number): boolean {
  args.bytes.fill(0);
  return ioctl(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, args.address) < 0 || args.bytes[COUNT_AT] > 0;
}

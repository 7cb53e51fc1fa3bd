import { ioctl, NativeBuffer } from '../syscalls/index.js';

/** `_IOWR('X', 102, struct xfs_fsop_bulkreq)`, for 64 bits */
const XFS_IOC_FSBULKSTAT_SINGLE = 0xc0205866;
const LAST_INO_AT = 0;
const COUNT_AT = 8;
const BUFFER_AT = 16;
const OUT_COUNT_AT = 24;
/** `bs_gen` of `struct xfs_bstat` */
const GEN_AT = 108;

const request = new NativeBuffer(32);
const ino64 = new NativeBuffer(8);
const record = new NativeBuffer(256);

/**
 * Generation of an inode of the xfs that an open file is on, or negative
 * errno: -EINVAL or -ENOENT if there is no such inode, -ENOTTY if this is no
 * xfs, -EPERM if this user is no administrator.
 *
 * @see https://man7.org/linux/man-pages/man2/ioctl_xfs_fsbulkstat.2.html
 */
export function xfsGeneration(fd: number, ino: number): number {
  ino64.setU64(0, ino);
  request.setU64(LAST_INO_AT, ino64.address);
  request.view.setInt32(COUNT_AT, 1, true);
  request.setU64(BUFFER_AT, record.address);
  request.setU64(OUT_COUNT_AT, 0);
  const failed = ioctl(fd, XFS_IOC_FSBULKSTAT_SINGLE, request.address);
  return failed < 0 ? failed : record.view.getUint32(GEN_AT, true);
}

import { ioctl, NativeBuffer } from '@duet/core/kernel/syscalls';

const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_FSGETXATTR = 0x801c581f;
const FS_IOC_FSSETXATTR = 0x401c5820;
const PROJECT_AT = 12;

const flags = new NativeBuffer(8);
const attributes = new NativeBuffer(28);

/** Bits of `inodeFlags`. */
export const InodeFlag = { IMMUTABLE: 0x10, APPEND: 0x20, ENCRYPTED: 0x800, VERITY: 0x100000, INLINE: 0x10000000, DAX: 0x2000000 } as const;
/** Bits of `extendedFlags`. */
export const ExtendedFlag = { REALTIME: 0x1, NO_DEFRAG: 0x2000 } as const;

/** What `lsattr` shows, as bits; 0 where the file system has none. */
export function inodeFlags(fd: number): number {
  flags.view.setUint32(0, 0, true);
  return ioctl(fd, FS_IOC_GETFLAGS, flags.address) < 0 ? 0 : flags.view.getUint32(0, true);
}

/** What `xfs_io -c lsattr` shows, as bits; 0 where the file system has none. */
export function extendedFlags(fd: number): number {
  return ioctl(fd, FS_IOC_FSGETXATTR, attributes.address) < 0 ? 0 : attributes.view.getUint32(0, true);
}

/** Gives `to` the project of `from`, for whom quotas count it. Negative errno on failure. */
export function copyProject(from: number, to: number): number {
  if (ioctl(from, FS_IOC_FSGETXATTR, attributes.address) < 0) return 0;
  const project = attributes.view.getUint32(PROJECT_AT, true);
  const failed = ioctl(to, FS_IOC_FSGETXATTR, attributes.address);
  if (failed < 0 || attributes.view.getUint32(PROJECT_AT, true) === project) return failed;
  attributes.view.setUint32(PROJECT_AT, project, true);
  return ioctl(to, FS_IOC_FSSETXATTR, attributes.address);
}

import { readdirSync, realpathSync, readFileSync } from 'node:fs';
import { ioctl, NativeBuffer, devName } from './syscalls/index.js';

const FS_IOC_GETFSUUID = 0x80111500;
const BTRFS_IOC_FS_INFO = 0x8400941f;
const scratch = new NativeBuffer(1024);

/**
 * UUID of the file system that an open file is on, in lower case.
 *
 * Asks the kernel (Linux 6.9 and later; btrfs always), then udev's links by
 * the superblock's device. Undefined where neither knows.
 */
export function fsUuid(fd: number, fsType: string, dev: number): string | undefined {
  if (ioctl(fd, FS_IOC_GETFSUUID, scratch.address) === 0 && scratch.bytes[0] === 16) return formatUuid(scratch.bytes.subarray(1, 17));
  scratch.bytes.fill(0);
  if (fsType === 'btrfs' && ioctl(fd, BTRFS_IOC_FS_INFO, scratch.address) === 0) return formatUuid(scratch.bytes.subarray(16, 32));
  return uuidByLink(dev);
}

/** All zeroes mean that whoever made the file system gave it none. */
function formatUuid(bytes: Uint8Array): string | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function uuidByLink(dev: number): string | undefined {
  const folder = '/dev/disk/by-uuid';
  try {
    for (const uuid of readdirSync(folder)) {
      const name = realpathSync(`${folder}/${uuid}`).slice('/dev/'.length).replaceAll('/', '!');
      if (readFileSync(`/sys/class/block/${name}/dev`, 'latin1').trim() === devName(dev)) return uuid.toLowerCase();
    }
  } catch {
    // No udev here.
  }
  return undefined;
}

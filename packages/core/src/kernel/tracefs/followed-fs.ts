import { readFileSync, readdirSync, readlinkSync, realpathSync, statSync, statfsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { toBytes } from '../../model/byte-path.js';
import type { BytePath } from '../../model/byte-path.js';
import { readMounts } from '../mounts.js';
import { flushStyleOf } from './tracepoints.js';
import type { FilteredFs, FlushStyle } from './tracepoints.js';

/** A file system whose events are wanted, and the names that tracepoints know it by. */
export interface FollowedFs extends FilteredFs {
  readonly flushStyle: FlushStyle;
  /** Name of its backing device in writeback events; partitions of a disk share one. Undefined if it has none that is known. */
  readonly bdiName: string | undefined;
  /** Whether another mounted file system has the same backing device. */
  readonly bdiShared: boolean;
  /** Bytes of a block; 4096 if not known. */
  readonly blockBytes: number;
  /** btrfs: the 16 bytes that its own events name it by. */
  readonly fsid: Uint8Array | undefined;
}

/** Looks up what tracepoints call the mounted file system `dev`. */
export function describeFs(dev: number, fsType: string, inodes?: readonly number[]): FollowedFs {
  const mounts = readMounts();
  const mount = mounts.find((one) => one.dev === dev);
  const uuid = fsType === 'btrfs' && mount !== undefined ? btrfsUuid(mount.source) : undefined;
  const bdiName = uuid === undefined ? blockBdiName(dev) : linkName(`/sys/fs/btrfs/${uuid}/bdi`);
  return {
    dev,
    fsType,
    inodes,
    flushStyle: flushStyleOf(fsType),
    bdiName,
    bdiShared: mounts.some((one) => one.dev !== dev && one.dev >= 1 << 20 && blockBdiName(one.dev) === bdiName),
    blockBytes: mount === undefined ? 4096 : blockBytes(mount.mountPoint),
    fsid: uuid === undefined ? undefined : Buffer.from(uuid.replaceAll('-', ''), 'hex'),
  };
}

/** Backing device of a block device: the disk's, also for a partition. */
function blockBdiName(dev: number): string | undefined {
  try {
    const device = realpathSync(`/sys/dev/block/${Math.floor(dev / 2 ** 20)}:${dev % 2 ** 20}`);
    return linkName(`${device}/bdi`) ?? linkName(`${dirname(device)}/bdi`);
  } catch {
    return undefined;
  }
}

/** UUID of the btrfs that `source` is a device of. */
function btrfsUuid(source: BytePath): string | undefined {
  try {
    const device = statSync(toBytes(source)).rdev;
    // glibc's encoding of device numbers: major in bits 8 to 19 and from 44, minor in the rest.
    const name = `${(device >> 8) & 0xfff}:${(device & 0xff) | (Math.floor(device / 2 ** 12) & 0xfff00)}`;
    return readdirSync('/sys/fs/btrfs').find((uuid) => btrfsDevices(uuid).includes(name));
  } catch {
    return undefined;
  }
}

function btrfsDevices(uuid: string): string[] {
  const folder = `/sys/fs/btrfs/${uuid}/devices`;
  try {
    return readdirSync(folder).map((device) => readFileSync(`${folder}/${device}/dev`, 'latin1').trim());
  } catch {
    return [];
  }
}

function blockBytes(mountPoint: BytePath): number {
  try {
    return statfsSync(toBytes(mountPoint)).bsize;
  } catch {
    return 4096;
  }
}

function linkName(link: string): string | undefined {
  try {
    return basename(readlinkSync(link));
  } catch {
    return undefined;
  }
}

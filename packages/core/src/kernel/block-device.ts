import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { toBytes } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { readMounts } from './mounts.js';
import type { Mount } from './mounts.js';
import { close, CString, devName, kernelDev, Open, openat, AT_FDCWD } from './syscalls/index.js';
import { fsUuid } from './fs-uuid.js';
import { visibleMounts } from './visible-mounts.js';

const cString = new CString();

const SECTOR_BYTES = 512;

/** The kernel's name (`sda1`) of a block device by its number, undefined if there is none. */
export function blockDeviceName(dev: number): string | undefined {
  try {
    return basename(readlinkSync(`/sys/dev/block/${devName(dev)}`));
  } catch {
    return undefined;
  }
}

/**
 * Bytes read so far from the block devices below a path (absolute, without
 * symbolic links) and below the mounts under it, by anybody, since they were
 * set up. Null if there is no block device, as on a network file system.
 */
export function readDeviceBytes(path: BytePath): number | null {
  const names = devicesBelow(path);
  let bytes: number | null = null;
  for (const name of names) {
    const read = sectorsRead(name);
    if (read !== undefined) bytes = (bytes ?? 0) + read * SECTOR_BYTES;
  }
  return bytes;
}

/**
 * Files in which the kernel counts what is read from the disks below a path, as
 * `readDeviceBytes` finds them: whole disks, which others share that use
 * another partition.
 */
export function diskStatFiles(path: BytePath): BytePath[] {
  const disks = new Set([...devicesBelow(path)].map((name) => diskOf(name)));
  return [...disks].map((name) => `/sys/class/block/${name}/stat` as BytePath);
}

function devicesBelow(path: BytePath): Set<string> {
  return new Set(visibleMounts(readMounts(), path).flatMap((mount) => devicesBehind(mount)));
}

/** The disk that a device is a partition of, else the device. */
function diskOf(name: string): string {
  const folder = `/sys/class/block/${name}`;
  return existsSync(`${folder}/partition`) ? basename(dirname(realpathSync(folder))) : name;
}

/** Names of the block devices that a mounted file system lies on: several on btrfs. */
export function devicesBehind(mount: Mount): string[] {
  if (mount.fsType === 'btrfs') return btrfsDevices(mount);
  const name = blockDeviceName(mount.dev);
  return name === undefined ? [] : [name];
}

function btrfsDevices(mount: Mount): string[] {
  const fd = openat(AT_FDCWD, cString.put(mount.mountPoint), Open.RDONLY | Open.DIRECTORY | Open.CLOEXEC);
  if (fd >= 0) {
    const uuid = fsUuid(fd, mount.fsType, mount.dev);
    close(fd);
    try {
      return readdirSync(`/sys/fs/btrfs/${uuid}/devices`);
    } catch {
      // Not shown in this container: the device it was mounted from has to do.
    }
  }
  try {
    const { rdev } = statSync(toBytes(mount.source));
    const name = blockDeviceName(fromUserDev(rdev));
    return name === undefined ? [] : [name];
  } catch {
    return [];
  }
}

/** From the encoding of Node's stat to the kernel's. */
function fromUserDev(dev: number): number {
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  return kernelDev(major, minor);
}

function sectorsRead(name: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/block/${name}/stat`, 'latin1').trim().split(/\s+/)[2]);
  } catch {
    return undefined;
  }
}

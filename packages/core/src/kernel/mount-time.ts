import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** Threads start within the mount call, file times are as coarse as the tick, and the clock may be slewed meanwhile. */
const MARGIN_MS = 1000;
/** Linux before 5.17 shows this much of a kernel thread's name. */
const COMM_LENGTH = 15;

/** A kernel thread and when it started, in milliseconds since 1970. */
export interface KernelThread {
  readonly name: string;
  readonly startedMs: number;
}

/** When the machine started, in milliseconds since 1970, by the wall clock of now. */
export function bootTimeMs(): number {
  return Date.now() - uptimeMs();
}

/** The kernel threads that /proc shows: none in a container's process namespace, or where /proc hides others' processes. */
export function kernelThreads(): KernelThread[] {
  const boot = bootTimeMs();
  const threads: KernelThread[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const thread = readThread(pid, boot);
    if (thread !== undefined) threads.push(thread);
  }
  return threads;
}

/**
 * A moment before which the file system was surely not mounted, in
 * milliseconds since 1970: shortly before the start of the kernel thread that
 * a mount starts (the journal's on ext4, the log's on xfs), else the boot.
 *
 * btrfs's thread does not name its file system: the earliest one counts.
 * `deviceName` is the kernel's name of the block device (`sda1`).
 *
 * Thread starts are counted from the boot, by a clock that stands still while
 * a virtual machine is suspended: a mount from before that seems too young.
 * ext4 notes the mount in its superblock, and the earlier of both counts.
 */
export function mountedAfterMs(fsType: string, deviceName: string, threads: readonly KernelThread[]): number {
  const started = threads.filter(({ name }) => isMountThread(name, fsType, deviceName)).map((thread) => thread.startedMs);
  if (started.length === 0) return Math.min(bootTimeMs(), devicesMadeMs()) - MARGIN_MS;
  if (fsType === 'ext4') started.push(ext4MountMs(deviceName) ?? Infinity);
  return Math.min(...started) - MARGIN_MS;
}

/** When the kernel made its first device nodes, by the wall clock of then: earlier than `bootTimeMs` if that was set forward since. */
function devicesMadeMs(): number {
  try {
    return statSync('/dev/null').mtimeMs;
  } catch {
    return Infinity;
  }
}

const EXT4_SUPERBLOCK = 1024;
const EXT4_MAGIC_OFFSET = 0x38;
const EXT4_MAGIC = 0xef53;
const EXT4_MOUNT_TIME_OFFSET = 0x2c;
const EXT4_MOUNT_TIME_HIGH_OFFSET = 0x274;

/** When the file system says that it was last mounted for writing; undefined if the device may not be read. */
function ext4MountMs(deviceName: string): number | undefined {
  try {
    const fd = openSync(`/dev/${deviceName.replaceAll('!', '/')}`, 'r');
    const superblock = Buffer.alloc(1024);
    try {
      readSync(fd, superblock, 0, superblock.length, EXT4_SUPERBLOCK);
    } finally {
      closeSync(fd);
    }
    if (superblock.readUInt16LE(EXT4_MAGIC_OFFSET) !== EXT4_MAGIC) return undefined;
    const seconds = superblock.readUInt32LE(EXT4_MOUNT_TIME_OFFSET) + superblock[EXT4_MOUNT_TIME_HIGH_OFFSET] * 2 ** 32;
    return seconds === 0 ? undefined : seconds * 1000;
  } catch {
    return undefined;
  }
}

function isMountThread(name: string, fsType: string, deviceName: string): boolean {
  switch (fsType) {
    case 'ext4':
    case 'ext3': {
      const full = `jbd2/${deviceName}-`;
      // jbd2/sda1-8, of a journal in inode 8; a name as short as this may be that of sda1-8 or of sda10.
      return name.startsWith(full) || (name.length === COMM_LENGTH && full.startsWith(name));
    }
    case 'xfs': {
      const full = `xfsaild/${deviceName}`;
      return name === full || (name.length === COMM_LENGTH && full.startsWith(name));
    }
    case 'btrfs':
      return name === 'btrfs-cleaner';
    default:
      return false;
  }
}

const PF_KTHREAD = 0x00200000;

function readThread(pid: string, boot: number): KernelThread | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses and may hold any character, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if ((Number(fields[6]) & PF_KTHREAD) === 0) return undefined;
    const name = readFileSync(`/proc/${pid}/comm`, 'latin1').trimEnd();
    return { name, startedMs: boot + Number(fields[19]) * TICK_MS };
  } catch {
    return undefined;
  }
}

function uptimeMs(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
}

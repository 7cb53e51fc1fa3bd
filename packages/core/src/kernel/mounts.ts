import { readFileSync } from 'node:fs';
import { fromBytes } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { AT_FDCWD, CString, kernelDev, Open, openat } from './syscalls/index.js';

/** One line of /proc/self/mountinfo. */
export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** Superblock's number, kernel encoding: what page events name; not `st_dev` of the files on btrfs. */
  readonly dev: number;
  /** The folder of the file system that is mounted; not `/` for bind mounts and subvolumes. */
  readonly root: BytePath;
  readonly mountPoint: BytePath;
  readonly fsType: string;
  /** What was mounted: often a block device. */
  readonly source: BytePath;
  readonly readOnly: boolean;
  /** Options of the file system itself, with commas between them. */
  readonly fsOptions: string;
}

/** The mounts in the text of a mountinfo file; lines that make no sense are left out. */
export function parseMountInfo(bytes: Uint8Array): Mount[] {
  const mounts: Mount[] = [];
  for (const line of fromBytes(bytes).split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    if (dash < 0 || fields.length < dash + 3) continue;
    const [major, minor] = fields[2].split(':').map(Number) as [number, number];
    const fsOptions = fields[dash + 3] ?? '';
    mounts.push({
      id: Number(fields[0]),
      parent: Number(fields[1]),
      dev: kernelDev(major, minor),
      root: unescapeOctal(fields[3]),
      mountPoint: unescapeOctal(fields[4]),
      fsType: fields[dash + 1],
      source: unescapeOctal(fields[dash + 2]),
      readOnly: hasReadOnly(fields[5]) || hasReadOnly(fsOptions),
      fsOptions,
    });
  }
  return mounts;
}

/** The mount table that this process sees. */
export const MOUNTINFO = '/proc/self/mountinfo' as BytePath;

/** The mount table as the kernel writes it. */
export function readMountInfo(): Buffer {
  return readFileSync(MOUNTINFO);
}

/** Opens the mount table, which says (`Poll.PRI`) once to each who has it open that it changed. A descriptor, or negative errno. */
export function openMountInfo(): number {
  return openat(AT_FDCWD, new CString().put(MOUNTINFO), Open.RDONLY | Open.CLOEXEC);
}

/** The mounts that this process sees, in the kernel's order. */
export function readMounts(): Mount[] {
  return parseMountInfo(readMountInfo());
}

function unescapeOctal(text: string): BytePath {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))) as BytePath;
}

function hasReadOnly(options: string): boolean {
  return options.split(',').includes('ro');
}

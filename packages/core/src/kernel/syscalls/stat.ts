import type { FileStat } from '../../model/index.js';
import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** Flags of calls that take a directory descriptor and a path. */
export const At = { SYMLINK_NOFOLLOW: 0x100, EACCESS: 0x200, EMPTY_PATH: 0x1000, NO_AUTOMOUNT: 0x800 } as const;

const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;
const STATX_MNT_ID = 0x1000;
const STATX_DIOALIGN = 0x2000;
const STATX_ATTR_VERITY = 0x10_0000;
const MASK = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;

/** File types, as in `mode & FileType.MASK`. */
export const FileType = { MASK: 0o170000, REGULAR: 0o100000, FOLDER: 0o040000, SYMLINK: 0o120000 } as const;

const cStatx = libc.func('int statx(int dir, intptr_t path, int flags, unsigned int mask, intptr_t buffer)');
const emptyPath = new NativeBuffer(16);

const ROW_BYTES = 256;
/** What of a file's state changes by itself: blocks, time of access, number of the mount. In pieces of eight bytes. */
const FLEETING = [48, 64, 72, 144] as const;

/**
 * The state of one file; reading it again overwrites it. With several `rows`
 * as many states are kept, of which `row` says which one is meant.
 *
 * @see https://man7.org/linux/man-pages/man2/statx.2.html
 */
export class Stat {
  readonly #buffer: NativeBuffer;
  #at = 0;

  constructor(rows = 1) {
    this.#buffer = new NativeBuffer(rows * ROW_BYTES);
  }

  set row(row: number) {
    this.#at = row * ROW_BYTES;
  }

  /** The first `rows` as the kernel writes them, less what changes by itself, which is gone from then on; good until the next one is read. */
  lasting(rows: number): Uint8Array {
    for (let at = 0; at < rows * ROW_BYTES; at += ROW_BYTES) for (const member of FLEETING) this.#buffer.view.setFloat64(at + member, 0);
    return this.#buffer.bytes.subarray(0, rows * ROW_BYTES);
  }

  /** Reads the state of the name at address `path`, itself if it is a symbolic link. 0, or negative errno. */
  readAt(dir: number, path: number): number {
    return checked(cStatx(dir, path, At.SYMLINK_NOFOLLOW | At.NO_AUTOMOUNT, MASK, this.#buffer.address + this.#at));
  }

  /** Reads the state of an open file. 0, or negative errno. */
  read(fd: number): number {
    return checked(cStatx(fd, emptyPath.address, At.EMPTY_PATH, MASK, this.#buffer.address + this.#at));
  }

  /** As `read`, and asks for `directAlign`, which costs more. */
  readWithDirectAlign(fd: number): number {
    return checked(cStatx(fd, emptyPath.address, At.EMPTY_PATH, MASK | STATX_DIOALIGN, this.#buffer.address + this.#at));
  }

  get nlink(): number {
    return this.#buffer.view.getUint32(this.#at + 16, true);
  }

  get uid(): number {
    return this.#buffer.view.getUint32(this.#at + 20, true);
  }

  get gid(): number {
    return this.#buffer.view.getUint32(this.#at + 24, true);
  }

  get mode(): number {
    return this.#buffer.view.getUint16(this.#at + 28, true);
  }

  get isRegular(): boolean {
    return (this.mode & FileType.MASK) === FileType.REGULAR;
  }

  get isFolder(): boolean {
    return (this.mode & FileType.MASK) === FileType.FOLDER;
  }

  get ino(): number {
    return this.#buffer.u64(this.#at + 32);
  }

  /** The inode number where it may be 2^53 or more, as on overlayfs. */
  get exactIno(): bigint {
    return this.#buffer.view.getBigUint64(this.#at + 32, true);
  }

  get size(): number {
    return this.#buffer.u64(this.#at + 40);
  }

  /** Bytes that it has on the disk, or kept for it. */
  get allocatedBytes(): number {
    return this.#buffer.u64(this.#at + 48) * 512;
  }

  /** Whether fs-verity keeps what proves it, which some file systems do behind its end. */
  get isVerity(): boolean {
    return (this.#buffer.view.getUint32(this.#at + 8, true) & STATX_ATTR_VERITY) !== 0;
  }

  get atimeNs(): bigint {
    return this.#time(64);
  }

  /** When the file was made, 0 where the file system does not say. */
  get btimeNs(): bigint {
    return (this.#buffer.view.getUint32(this.#at, true) & STATX_BTIME) === 0 ? 0n : this.#time(80);
  }

  get ctimeNs(): bigint {
    return this.#time(96);
  }

  /** Whole seconds of `ctimeNs`. */
  get ctimeSeconds(): number {
    return Number(this.#buffer.view.getBigInt64(this.#at + 96, true));
  }

  get mtimeNs(): bigint {
    return this.#time(112);
  }

  /** `st_rdev` of a device node, kernel encoding. */
  get rdev(): number {
    return kernelDev(this.#buffer.view.getUint32(this.#at + 128, true), this.#buffer.view.getUint32(this.#at + 132, true));
  }

  /** `st_dev`, kernel encoding. */
  get dev(): number {
    return kernelDev(this.#buffer.view.getUint32(this.#at + 136, true), this.#buffer.view.getUint32(this.#at + 140, true));
  }

  /** The mount's number in mountinfo; 0 before Linux 5.8. */
  get mountId(): number {
    return (this.#buffer.view.getUint32(this.#at, true) & STATX_MNT_ID) === 0 ? 0 : this.#buffer.u64(this.#at + 144);
  }

  /** What offsets and lengths of O_DIRECT reads must be multiples of, in bytes; 0: not possible; undefined: the kernel does not say (before 6.1). */
  get directAlign(): number | undefined {
    if ((this.#buffer.view.getUint32(this.#at, true) & STATX_DIOALIGN) === 0) return undefined;
    return this.#buffer.view.getUint32(this.#at + 152, true) === 0 ? 0 : this.#buffer.view.getUint32(this.#at + 156, true);
  }

  get snapshot(): FileStat {
    return { size: this.size, mtimeNs: this.mtimeNs, ctimeNs: this.ctimeNs };
  }

  /** Takes over 256 bytes as the kernel would write them. */
  load(bytes: Uint8Array): void {
    this.#buffer.bytes.set(bytes, this.#at);
  }

  #time(offset: number): bigint {
    const { view } = this.#buffer;
    return view.getBigInt64(this.#at + offset, true) * 1_000_000_000n + BigInt(view.getUint32(this.#at + offset + 8, true));
  }
}

/** A device number as the kernel has it: `major << 20 | minor`. */
export function kernelDev(major: number, minor: number): number {
  return major * 0x100000 + minor;
}

/** A kernel device number as `st_dev` and `st_rdev` of stat(2) have it. */
export function statDev(dev: number): bigint {
  const major = BigInt(Math.floor(dev / 0x100000));
  const minor = BigInt(dev % 0x100000);
  return ((major & ~0xfffn) << 32n) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | (minor & 0xffn);
}

/** `major:minor` of a kernel device number, as files under /sys and /proc spell it. */
export function devName(dev: number): string {
  return `${Math.floor(dev / 0x100000)}:${dev % 0x100000}`;
}

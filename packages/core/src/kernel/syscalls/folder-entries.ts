import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** Types of folder entries; UNKNOWN where the file system does not tell. */
export const EntryType = { UNKNOWN: 0, FOLDER: 4, REGULAR: 8 } as const;

const cGetdents = libc.func('intptr_t getdents64(int fd, intptr_t buffer, uintptr_t count)');

/**
 * One piece of a folder's list at a time, in the order of inode numbers, which
 * on a cold disk is the order in which inodes lie there; or (`asGiven`) in the
 * order of the file system.
 *
 * @see https://man7.org/linux/man-pages/man2/getdents64.2.html
 */
export class FolderEntries {
  readonly #buffer: NativeBuffer;
  /** Offsets of the entries in the buffer, without `.` and `..`, by inode number. */
  #order: number[] = [];
  readonly #asGiven: boolean;
  /** Bytes of the last piece. */
  #used = 0;

  constructor(bytes = 128 * 1024, asGiven = false) {
    this.#buffer = new NativeBuffer(bytes);
    this.#asGiven = asGiven;
  }

  /** Reads the next piece. Bytes read, 0 at the end, or negative errno; `count` may be 0 in between. */
  read(fd: number): number {
    // The kernel leaves out the bytes between a name's end and the next entry.
    this.#buffer.bytes.fill(0, 0, this.#used);
    const got = checked(cGetdents(fd, this.#buffer.address, this.#buffer.bytes.length));
    this.#used = Math.max(got, 0);
    this.#order = [];
    let sorted = true;
    let last = 0;
    for (let at = 0; at < got; at += this.#buffer.view.getUint16(at + 16, true)) {
      if (this.#isDot(at)) continue;
      const ino = this.#buffer.u64(at);
      sorted &&= ino >= last;
      last = ino;
      this.#order.push(at);
    }
    if (!sorted && !this.#asGiven) this.#order.sort((a, b) => this.#buffer.u64(a) - this.#buffer.u64(b));
    return got;
  }

  /** The piece as the kernel writes it, and zeroes where it leaves something out; good until the next `read`. */
  get raw(): Uint8Array {
    return this.#buffer.bytes.subarray(0, this.#used);
  }

  get count(): number {
    return this.#order.length;
  }

  type(i: number): number {
    return this.#buffer.bytes[this.#order[i] + 18];
  }

  /** Address of the NUL-terminated name, valid until the next `read`. */
  nameAddress(i: number): number {
    return this.#buffer.address + this.#order[i] + 19;
  }

  /** The name's bytes, valid until the next `read`. */
  name(i: number): Uint8Array {
    const start = this.#order[i] + 19;
    return this.#buffer.bytes.subarray(start, this.#buffer.bytes.indexOf(0, start));
  }

  #isDot(at: number): boolean {
    const { bytes } = this.#buffer;
    if (bytes[at + 19] !== 46) return false;
    return bytes[at + 20] === 0 || (bytes[at + 20] === 46 && bytes[at + 21] === 0);
  }
}

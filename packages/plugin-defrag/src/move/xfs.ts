import { fdatasyncSync, ftruncateSync, writeSync } from 'node:fs';
import { Advice, close, EBUSY, EINVAL, EOPNOTSUPP, fadvise, ioctl, NativeBuffer } from '@duet/core/kernel/syscalls';
import type { FileStat } from '@duet/core/model';
import { within } from '../layout/file-layout.js';
import type { Range } from '../layout/file-layout.js';
import { addAttribute } from './attribute.js';
import { openDonor, openForMove } from './donor.js';
import type { Move, MovedFile } from './move.js';
import { succeeded } from './move-error.js';

const XFS_IOC_SWAPEXT = 0xc0c0586d;
/** Where the file's times stand in the request: they tell the kernel which version is to be replaced. */
const MTIME_AT = 56 + 56;
const CTIME_AT = 56 + 72;

/** So many take all the room for attributes in an inode. */
const MOST_ATTRIBUTES = 12;
const SECOND_NS = 1_000_000_000n;

const request = new NativeBuffer(192);

/**
 * Moves a file of XFS as xfs_fsr does: copies it to a donor, then has the
 * kernel exchange the extents of the two at once, unless the file changed since.
 * Unlike xfs_fsr, which reads with O_DIRECT, it takes from the cache what is
 * there; and by descriptor.
 */
export function moveOnXfs(file: MovedFile): Move | undefined {
  const donor = openDonor(file);
  if (donor === undefined) return undefined;
  try {
    return new XfsMove(file, openForMove(file.fd), donor);
  } catch (error) {
    close(donor);
    throw error;
  }
}

class XfsMove implements Move {
  readonly pieceBytes = 16 * 2 ** 20;
  /** The donor: the file's pages leave the cache in the exchange, and what was copied is cached here before. */
  readonly fd: number;
  readonly #file: number;
  readonly #stat: FileStat;
  readonly #written: readonly Range[];

  constructor({ layout, stat }: MovedFile, file: number, donor: number) {
    this.fd = donor;
    this.#file = file;
    this.#stat = stat;
    this.#written = layout.written;
    ftruncateSync(donor, stat.size);
  }

  take(offset: number, chunk: Buffer): void {
    for (const range of within(this.#written, { offset, bytes: chunk.length })) this.#write(chunk.subarray(range.offset - offset, range.offset - offset + range.bytes), range.offset);
  }

  piece(): void {}

  /** The donor's pages are of no use to anybody. */
  checked({ offset, bytes }: Range): void {
    fdatasyncSync(this.fd);
    fadvise(this.fd, offset, bytes, Advice.DONTNEED);
  }

  commit(): 'moved' | 'changed' {
    const { size, mtimeNs, ctimeNs } = this.#stat;
    request.bytes.fill(0);
    request.view.setBigInt64(8, BigInt(this.#file), true);
    request.view.setBigInt64(16, BigInt(this.fd), true);
    request.setU64(32, size);
    this.#setTime(MTIME_AT, mtimeNs);
    this.#setTime(CTIME_AT, ctimeNs);
    let result = ioctl(this.#file, XFS_IOC_SWAPEXT, request.address);
    // The list of extents of one may stand in its inode and not fit there in the other, which keeps attributes beside it.
    for (let i = 0; result === -EINVAL && i < MOST_ATTRIBUTES; i++) {
      addAttribute(this.fd, i);
      result = ioctl(this.#file, XFS_IOC_SWAPEXT, request.address);
    }
    if (result === -EBUSY) return 'changed';
    succeeded('ioctl(XFS_IOC_SWAPEXT)', result === -EINVAL ? -EOPNOTSUPP : result);
    fdatasyncSync(this.#file);
    return 'moved';
  }

  close(): void {
    close(this.fd);
    close(this.#file);
  }

  #write(bytes: Buffer, offset: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done, offset + done);
  }

  #setTime(at: number, timeNs: bigint): void {
    const partNs = ((timeNs % SECOND_NS) + SECOND_NS) % SECOND_NS; // also before 1970
    request.view.setBigInt64(at, (timeNs - partNs) / SECOND_NS, true);
    request.view.setInt32(at + 8, Number(partNs), true);
  }
}

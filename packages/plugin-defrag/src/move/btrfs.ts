import { fdatasyncSync } from 'node:fs';
import { ioctl, NativeBuffer } from '@duet/core/kernel/syscalls';
import type { Range } from '../layout/file-layout.js';
import type { Move, MovedFile } from './move.js';
import { succeeded } from './move-error.js';

const BTRFS_IOC_DEFRAG_RANGE = 0x40309410;
const START_IO = 2;
/** Extents of this length can't be longer: btrfs makes none that are. */
const LONGEST_EXTENT_BYTES = 128 * 2 ** 20;

const request = new NativeBuffer(48);

/** Has btrfs write a file anew, from the page cache, to where it finds room for longer extents. */
export function moveOnBtrfs({ fd }: MovedFile): Move {
  return new BtrfsMove(fd);
}

class BtrfsMove implements Move {
  /** Pieces of their own become extents of their own. */
  readonly pieceBytes = LONGEST_EXTENT_BYTES;
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  take(): void {}

  piece({ offset, bytes }: Range): void {
    request.setU64(0, offset);
    request.setU64(8, bytes);
    request.setU64(16, START_IO);
    request.view.setUint32(24, LONGEST_EXTENT_BYTES, true);
    succeeded('ioctl(BTRFS_IOC_DEFRAG_RANGE)', ioctl(this.fd, BTRFS_IOC_DEFRAG_RANGE, request.address));
  }

  checked(): void {}

  commit(): 'moved' {
    fdatasyncSync(this.fd);
    return 'moved';
  }

  close(): void {}
}

import { randomFillSync } from 'node:crypto';
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { Fallocate, fallocate } from '@duet/core/kernel/syscalls';

/** How a file is to lie on the disk. */
export interface Fragments {
  /** `ext4`, `xfs` or `btrfs`. */
  readonly fsType: string;
  readonly pieces: number;
  /** Length of each; a multiple of 4096. */
  readonly pieceBytes: number;
}

/** Makes a file of random bytes that lies on the disk in so many pieces. Gives its content. */
export function makeFragmented(path: string, fragments: Fragments): Buffer {
  const content = layOut(path, fragments);
  cutOut(path, fragments);
  return content;
}

/**
 * The first half of `makeFragmented`. Where there are many files, all are laid
 * out before the first is cut, or they come to lie in each other's gaps.
 *
 * ext4 and xfs: the file is twice as long, and every other piece of it is to be
 * cut out. btrfs, which can't do that: every piece is written back by itself,
 * from the last to the first.
 */
export function layOut(path: string, { fsType, pieces, pieceBytes }: Fragments): Buffer {
  const fd = openSync(path, 'w+');
  const content = randomFillSync(Buffer.alloc(pieces * pieceBytes));
  const piece = (i: number): Buffer => content.subarray(i * pieceBytes, (i + 1) * pieceBytes);
  if (fsType === 'btrfs') {
    for (let i = pieces - 1; i >= 0; i--) {
      writeSync(fd, piece(i), 0, pieceBytes, i * pieceBytes);
      fdatasyncSync(fd);
    }
  } else {
    if (fallocate(fd, 0, 0, 2 * pieces * pieceBytes) < 0) throw new Error(`${path} can't be allocated`);
    for (let i = 0; i < pieces; i++) {
      writeSync(fd, piece(i), 0, pieceBytes, 2 * i * pieceBytes);
      writeSync(fd, Buffer.alloc(pieceBytes, 1), 0, pieceBytes, (2 * i + 1) * pieceBytes);
    }
  }
  fsyncSync(fd);
  closeSync(fd);
  return content;
}

/** The second half. */
export function cutOut(path: string, { fsType, pieces, pieceBytes }: Fragments): void {
  if (fsType === 'btrfs') return;
  const fd = openSync(path, 'r+');
  for (let i = pieces - 2; i >= 0; i--) {
    if (fallocate(fd, Fallocate.COLLAPSE_RANGE, (2 * i + 1) * pieceBytes, pieceBytes) < 0) throw new Error(`${path} can't be cut`);
  }
  ftruncateSync(fd, pieces * pieceBytes);
  fsyncSync(fd);
  closeSync(fd);
}

import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { Fallocate, fallocate } from '@duet/core/kernel/syscalls';

/**
 * Makes a file of random bytes that lies on the disk in `pieces` pieces of
 * `pieceBytes`, a multiple of 4096. Gives its content.
 *
 * ext4 and xfs: every other piece of one twice as long is cut out. btrfs, which
 * can't do that: every piece is written back by itself, from the last to the first.
 */
export function makeFragmented(path: string, fsType: string, pieces: number, pieceBytes: number): Buffer {
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
    fdatasyncSync(fd);
    for (let i = pieces - 2; i >= 0; i--) if (fallocate(fd, Fallocate.COLLAPSE_RANGE, (2 * i + 1) * pieceBytes, pieceBytes) < 0) throw new Error(`${path} can't be cut`);
    ftruncateSync(fd, content.length);
  }
  fsyncSync(fd);
  closeSync(fd);
  return content;
}

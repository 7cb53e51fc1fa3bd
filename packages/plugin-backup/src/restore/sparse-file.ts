import { writeSync } from 'node:fs';

const BLOCK_BYTES = 4096;
const ZEROES = Buffer.alloc(BLOCK_BYTES);

/**
 * Writes `bytes` at an offset of a new file, but for blocks of zeroes: they
 * stay holes. Give the file its length afterwards.
 */
export function writeSparse(fd: number, bytes: Buffer, offset: number): void {
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + BLOCK_BYTES - ((offset + at) % BLOCK_BYTES));
    if (bytes.compare(ZEROES, 0, end - at, at, end) === 0) {
      writeAll(fd, bytes.subarray(start, at), offset + start);
      start = end;
    }
    at = end;
  }
  writeAll(fd, bytes.subarray(start), offset + start);
}

function writeAll(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dropCached } from '../lab/fadvise.js';
import { LabError } from '../lab/lab-error.js';

const PAGE = 4096;
const PIECE = 4 << 20;
/** Bytes of a page that identify it: contents are random, so a dozen would do. */
const MARK = 32;

/**
 * Finds pages on the raw device by their content: byte offsets in the image, in
 * the order of `pages`. Works alike on every file system that stores pages as
 * they are and aligned.
 *
 * @throws {LabError} if one is not there exactly once.
 */
export function findPages(image: string, pages: readonly Buffer[]): number[] {
  const wanted = new Map(pages.map((page, i) => [page.toString('latin1', 0, MARK), i]));
  const found = pages.map((): number[] => []);
  const fd = openSync(image, 'r');
  try {
    const piece = Buffer.alloc(PIECE);
    for (let at = 0, length; (length = readSync(fd, piece, 0, PIECE, at)) > 0; at += length) {
      for (let page = 0; page < length; page += PAGE) {
        const i = wanted.get(piece.toString('latin1', page, page + MARK));
        if (i !== undefined) found[i]?.push(at + page);
      }
    }
    // What was read here says nothing about later: the device writes past this cache.
    dropCached(fd);
  } finally {
    closeSync(fd);
  }
  return found.map((offsets, i) => {
    if (offsets.length !== 1) throw new LabError(`page ${i} is ${offsets.length} times on the disk, not once`);
    return offsets[0] ?? 0;
  });
}

/** Flips all bits of one byte of the image, below file system and page cache. */
export function flipByte(image: string, offset: number): void {
  const fd = openSync(image, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, offset);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    writeSync(fd, byte, 0, 1, offset);
    fsyncSync(fd);
    dropCached(fd);
  } finally {
    closeSync(fd);
  }
}

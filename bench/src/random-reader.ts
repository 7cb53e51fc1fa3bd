import { closeSync, openSync, readSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

/**
 * The other program of the `random-reader` scenario: reads the files named on
 * its standard input, each ended by NUL, to the end, in that order, with plain
 * reads on its one thread.
 */
const paths = (await buffer(process.stdin)).toString('utf8').split('\0').filter(Boolean);
const piece = Buffer.alloc(128 * 1024);
for (const path of paths) {
  const fd = openSync(path, 'r');
  while (readSync(fd, piece, 0, piece.length, null) > 0);
  closeSync(fd);
}

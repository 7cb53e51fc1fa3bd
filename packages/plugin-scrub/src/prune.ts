import { lstat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isUnder, toBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import { decodeRecord, pathOfRecord } from './record/record-codec.js';
import type { RecordBook } from './record/record-book.js';

/**
 * Forgets files below `path` that are gone: not `met` in the cycle, and no
 * longer there under the recorded name. One that was only left out this time
 * keeps its record. Gives the event loop a turn after each page of records.
 */
export async function prune(book: RecordBook, path: BytePath, met: (no: number) => boolean): Promise<number> {
  let pruned = 0;
  for (const page of book.pages()) {
    for (const [no, bytes] of page) {
      if (met(no) || !isUnder(pathOfRecord(bytes), path)) continue;
      const record = decodeRecord(bytes);
      if (await isThere(record.path, record.ino)) continue;
      book.remove(no, record);
      pruned++;
    }
    await nextTurn();
  }
  return pruned;
}

async function isThere(path: BytePath, ino: number): Promise<boolean> {
  try {
    return (await lstat(toBytes(path))).ino === ino;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

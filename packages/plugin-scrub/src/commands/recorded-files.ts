import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromBytes, fromText, isUnder } from '@duet/core';
import type { BytePath } from '@duet/core';
import { decodeRecord, pathOfRecord } from '../record/record-codec.js';
import type { RecordBook } from '../record/record-book.js';
import type { ScrubRecord } from '../record/record.js';

/** One file that scrub knows. */
export interface RecordedFile {
  readonly no: number;
  readonly record: ScrubRecord;
}

/** All recorded files at or below `path`, in no order; lets others run in between. Stops where the command is aborted. */
export async function* recordedFiles(book: RecordBook, path: BytePath, signal: AbortSignal): AsyncGenerator<RecordedFile> {
  for (const page of book.pages()) {
    for (const [no, bytes] of page) {
      if (isUnder(pathOfRecord(bytes), path)) yield { no, record: decodeRecord(bytes) };
    }
    await nextTurn();
    signal.throwIfAborted();
  }
}

/** The absolute path that a person named, without symbolic links if it exists; `/` if none was named. */
export function namedPath(argument: string | readonly string[] | undefined): BytePath {
  if (typeof argument !== 'string') return '/' as BytePath;
  const path = resolve(argument);
  try {
    return fromBytes(realpathSync(path, { encoding: 'buffer' }));
  } catch {
    // It may be gone, and its record still there.
    return fromText(path);
  }
}


import { readFileSync } from 'node:fs';
import { DuetError, errnoOf } from '@duet/core/model';

/** The patterns in a file: a line each, but for empty ones and those that begin with `#`. @throws {DuetError} `DUET_ERR_USAGE` */
export function patternsIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch (cause) {
    throw new DuetError('DUET_ERR_USAGE', { operation: 'read the exclude file', message: `the exclude file cannot be read: ${errnoOf(cause)}`, path: file, cause });
  }
}

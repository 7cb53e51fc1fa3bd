import { readFileSync } from 'node:fs';
import picomatch from 'picomatch';
import { DuetError, errnoOf, fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';

/** What Go's `filepath.Match` does not have. */
const AS_IN_RESTIC = { dot: true, nobrace: true, noextglob: true, nonegate: true } as const;

/**
 * Whether a pattern matches an absolute path, as in restic: `*`, `?` and
 * `[…]` within a name, `**` for any number of folders; a pattern that begins
 * with a slash is one of absolute paths, any other may begin at every folder.
 */
export function matcherOf(patterns: readonly string[]): (absolute: BytePath) => boolean {
  if (patterns.length === 0) return () => false;
  const globs = patterns.map((pattern) => {
    const bytes = fromText(pattern).replace(/\/+$/, '');
    return bytes.startsWith('/') ? bytes.slice(1) : `**/${bytes}`;
  });
  const matches = picomatch(globs, AS_IN_RESTIC);
  return (absolute) => matches(absolute.slice(1));
}

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

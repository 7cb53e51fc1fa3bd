import { fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import picomatch from 'picomatch';

/** What Go's `filepath.Match` does not have is no pattern. */
const PLAIN = { dot: true, nobrace: true, noextglob: true, nonegate: true, nocomment: true } as const;

/**
 * Patterns of paths as restic users know them: one that begins with a slash is
 * matched from the top, others at any depth; what lies below a match matches
 * too; `**` stands for any number of folders.
 *
 * @see https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files
 */
export class PathPatterns {
  readonly #matches: (path: string) => boolean;
  /** Whether there are no patterns. */
  readonly isEmpty: boolean;

  constructor(patterns: readonly string[]) {
    const globs = patterns.flatMap((pattern) => {
      const glob: string = fromText(pattern.replace(/\/+$/, ''));
      const anchored = glob.startsWith('/') ? glob.slice(1) : `**/${glob}`;
      return [anchored, `${anchored}/**`];
    });
    this.isEmpty = globs.length === 0;
    this.#matches = this.isEmpty ? () => false : picomatch(globs, PLAIN);
  }

  /** Whether a path, which begins with a slash, or a folder that it lies in, matches one of them. */
  match(path: BytePath): boolean {
    return this.#matches(path.slice(1));
  }
}

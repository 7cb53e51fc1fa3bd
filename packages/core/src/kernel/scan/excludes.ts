import picomatch from 'picomatch';
import { toDisplay } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';

/**
 * Whether a path is left out, by globs as `ScanOptions.exclude` describes them.
 *
 * Patterns are text, so names are compared as text; `*` also takes names that
 * start with a dot, and what is not UTF-8.
 */
export class Excludes {
  readonly #byName: ((name: string) => boolean) | undefined;
  readonly #byPath: ((path: string) => boolean) | undefined;

  constructor(patterns: readonly string[]) {
    const cleaned = patterns.map(withoutOuterSlashes).filter(({ glob }) => glob !== '');
    this.#byName = matcher(cleaned.filter(({ anchored }) => !anchored));
    this.#byPath = matcher(cleaned.filter(({ anchored }) => anchored));
  }

  get isEmpty(): boolean {
    return this.#byName === undefined && this.#byPath === undefined;
  }

  /** Whether `path`, relative to the scanned path, is left out by a name of its own or of a folder on the way. */
  hasOrAbove(path: BytePath): boolean {
    if (this.isEmpty) return false;
    const names = path.split('/') as BytePath[];
    return names.some((name, depth) => this.has(names.slice(0, depth + 1).join('/') as BytePath, name));
  }

  /** `path` is relative to the scanned path; `name` is its last part. */
  has(path: BytePath, name: BytePath): boolean {
    return (this.#byName?.(toDisplay(name)) ?? false) || (this.#byPath?.(toDisplay(path)) ?? false);
  }
}

/** A glob as it is matched. */
export interface Pattern {
  readonly glob: string;
  /** Meant for the path as a whole and not for a name. */
  readonly anchored: boolean;
}

/** `build/` and `/build` as people write them: a folder of that name, and that at the top. */
export function withoutOuterSlashes(pattern: string): Pattern {
  const glob = pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  return { glob, anchored: glob.includes('/') || pattern.startsWith('/') || pattern.startsWith('./') };
}

function matcher(patterns: readonly Pattern[]): ((text: string) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  // Flag s: names may hold newlines.
  return picomatch(
    patterns.map(({ glob }) => glob),
    { dot: true, flags: 's' },
  );
}

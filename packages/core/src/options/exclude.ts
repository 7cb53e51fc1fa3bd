import picomatch from 'picomatch';
import { fromText } from '../model/index.js';
import type { BytePath } from '../model/index.js';

/** Folders whose answer is remembered; a tree has far fewer at a time. */
const REMEMBERED = 10_000;

/**
 * Whether a path, relative to the task's, is left out: itself or a folder that
 * it lies in matches one of `globs`. Globs without a slash match names at any
 * depth, as in the core's `exclude`.
 */
export function excludes(globs: readonly string[]): (path: BytePath) => boolean {
  const compile = (some: string[]) => (some.length === 0 ? () => false : picomatch(some.map((glob) => fromText(glob)), { dot: true }));
  const matchesName = compile(globs.filter((glob) => !glob.includes('/')));
  const matchesPath = compile(globs.filter((glob) => glob.includes('/')).map((glob) => glob.replace(/^\.?\//, '').replace(/\/$/, '')));
  const folders = new Map<string, boolean>();
  const excluded = (path: string): boolean => {
    const slash = path.lastIndexOf('/');
    if (slash > 0 && folderExcluded(path.slice(0, slash))) return true;
    return matchesName(path.slice(slash + 1)) || matchesPath(path);
  };
  const folderExcluded = (folder: string): boolean => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    if (folders.size >= REMEMBERED) folders.clear();
    const answer = excluded(folder);
    folders.set(folder, answer);
    return answer;
  };
  return excluded;
}

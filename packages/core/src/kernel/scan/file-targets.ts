import type { BytePath } from '../../model/index.js';

/** Files to look at, as they travel between threads: columns, and the paths joined by NUL, which no path holds. */
export interface FileTargets {
  readonly count: number;
  readonly paths: string;
  readonly ino: Float64Array;
  readonly statDev: Float64Array;
}

/** A file below the scanned path, and which one is expected there. */
export interface FileTarget {
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
}

export function packTargets(targets: readonly FileTarget[]): FileTargets {
  const count = targets.length;
  const [ino, statDev] = [new Float64Array(count), new Float64Array(count)];
  const paths: string[] = [];
  for (const [i, target] of targets.entries()) {
    ino[i] = target.ino;
    statDev[i] = target.statDev;
    paths.push(target.path);
  }
  return { count, paths: paths.join('\0'), ino, statDev };
}

/** The paths, one a row. */
export function pathsOf({ count, paths }: FileTargets): BytePath[] {
  return count === 0 ? [] : (paths.split('\0') as BytePath[]);
}

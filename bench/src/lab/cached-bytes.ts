import { command } from './command.js';

/** Files a call of fincore: well below the longest command line. */
const BATCH = 1000;

/**
 * Bytes of each file in the page cache, as fincore tells, in the order of `paths`.
 *
 * Another program's answer, so that what Duet sees is not measured with Duet.
 */
export function cachedBytes(paths: readonly string[]): number[] {
  const cached: number[] = [];
  for (let from = 0; from < paths.length; from += BATCH) {
    const lines = command('fincore', ['--bytes', '--noheadings', '--raw', '--output', 'RES', ...paths.slice(from, from + BATCH)]);
    cached.push(...lines.trim().split('\n').map(Number));
  }
  return cached;
}

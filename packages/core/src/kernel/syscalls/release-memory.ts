import { libc } from './library.js';

const trim = ((): ((keep: number) => number) => {
  try {
    return libc.func('int malloc_trim(size_t keep)') as (keep: number) => number;
  } catch {
    // Only glibc has it, and only glibc needs it.
    return () => 0;
  }
})();

/** By then V8 has collected, by itself, what work left behind that is over, in milliseconds. */
const COLLECTED_MS = 15_000;

/**
 * Gives memory that was freed back to the system, where the C library would
 * keep it between blocks in use: after work that took much of it for a while.
 * Does so now, and once more when the garbage of that work has been collected.
 * Keeps no process alive.
 *
 * @see https://man7.org/linux/man-pages/man3/malloc_trim.3.html
 */
export function releaseMemory(): void {
  trim(0);
  setTimeout(() => trim(0), COLLECTED_MS).unref();
}

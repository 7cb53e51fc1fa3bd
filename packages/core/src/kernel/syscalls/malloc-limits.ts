import { libc } from './library.js';

/** Parameters of mallopt(3). */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;

/** Blocks from this size on are mapped by themselves, and are the system's again at once when they are freed. */
const MAPPED_BYTES = 256 * 1024;
/** What is free at an arena's end goes back to the system from this size on: less would go back and forth each time that V8 optimizes a function. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Has the C library keep little of what is freed, in the whole process and for
 * the life of it.
 *
 * glibc begins like this, but each time that a large block is freed it keeps
 * blocks of that size, up to 32 MiB, in its pools from then on, where small
 * ones that were put in between hold on to them. What a process then takes is
 * a matter of chance: some 50 MiB more or less for threads that work with
 * buffers of up to 8 MiB. Memory that the process has is no page cache.
 *
 * Does nothing where the C library has no such parameters.
 *
 * @see https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export function limitMalloc(): void {
  let set: (parameter: number, value: number) => number;
  try {
    set = libc.func('int mallopt(int parameter, int value)') as typeof set;
  } catch {
    return;
  }
  set(M_MMAP_THRESHOLD, MAPPED_BYTES);
  set(M_TRIM_THRESHOLD, KEPT_BYTES);
}

import { cpus as onlineCpus } from 'node:os';

const BUFFER_KB = 8192;
const BUFFER_KB_ALL = 128 * 1024;
const BUFFER_KB_MIN = 1024;

/**
 * The kernel's buffer for each CPU, in KiB, if nothing else is asked for: 8192,
 * less where more than 16 CPUs would take over 128 MiB together, but 1024 at
 * least. 8 MiB hold some 170,000 events: a third of a second of a 2 GB/s read in
 * single pages.
 */
export function defaultBufferKb(): number {
  return Math.min(BUFFER_KB, Math.max(BUFFER_KB_MIN, Math.floor(BUFFER_KB_ALL / onlineCpus().length)));
}

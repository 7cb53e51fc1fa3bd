import type { KernelText } from '../kernel-files.js';

/** Time in which others waited, in milliseconds since some moment. */
export type StallClock = () => number;

const US_PER_MS = 1000;

/**
 * Of a pressure file: the time in which at least one thread waited.
 *
 * @see https://docs.kernel.org/accounting/psi.html
 */
export function pressureClock(text: KernelText): StallClock {
  return () => Number(/^some .*total=(\d+)/m.exec(text.read() ?? '')?.[1] ?? 0) / US_PER_MS;
}

/**
 * Of a disk: the time that reads took, each for itself, those that wait in its
 * queue included.
 *
 * @see https://docs.kernel.org/block/stat.html
 */
export function readClock(text: KernelText): StallClock {
  return () => Number((text.read() ?? '').trim().split(/\s+/)[3] ?? 0);
}

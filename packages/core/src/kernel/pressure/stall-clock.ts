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

/** Fields of a disk's statistics. @see https://docs.kernel.org/block/stat.html */
const READS = 0;
const READ_TICKS = 3;
const IO_TICKS = 9;

/** Of a disk: the time that reads took, each for itself, those that wait in its queue included. */
export function readClock(text: KernelText): StallClock {
  return diskClock(text, READ_TICKS);
}

/** Milliseconds that a read takes at least, a system call and an interrupt included. */
const LEAST_READ_MS = 1 / 8;

/** Of a disk: the time that its reads took at least. Whoever reads little at once is told by this and not by `readClock`, which counts whole milliseconds. */
export function readCountClock(text: KernelText): StallClock {
  const count = diskClock(text, READS);
  return () => count() * LEAST_READ_MS;
}

/** Of a disk: the time in which it had something to do, in whole ticks: a tick for whatever began in it. */
export function busyClock(text: KernelText): StallClock {
  return diskClock(text, IO_TICKS);
}

function diskClock(text: KernelText, field: number): StallClock {
  return () => Number((text.read() ?? '').trim().split(/\s+/)[field] ?? 0);
}

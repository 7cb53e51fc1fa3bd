import { ENOSYS } from './errno.js';
import { checked, syscall } from './library.js';

/** Classes of I/O priority; NONE leaves it to the scheduler, which goes by the thread's niceness. */
export const IoClass = { NONE: 0, REALTIME: 1, BEST_EFFORT: 2, IDLE: 3 } as const;

const WHO_PROCESS = 1;
const CLASS_SHIFT = 13;

/** Numbers of ioprio_set, which the C library has no function for; ioprio_get is the next one. */
const IOPRIO_SET: Partial<Record<string, number>> = { x64: 251, ia32: 289, arm: 314, arm64: 30, riscv64: 30, loong64: 30, ppc64: 273, s390x: 282 };
const IOPRIO_GET_BEHIND = 1;
const call = IOPRIO_SET[process.arch];

/**
 * Sets the I/O class of the thread `tid`, 0 being the calling one, at the
 * highest level in it. Threads that it starts later inherit it. 0, or negative
 * errno: -EPERM for another user's thread, -ESRCH, -ENOSYS where the number of
 * the call is not known.
 *
 * @see https://man7.org/linux/man-pages/man2/ioprio_set.2.html
 */
export function setIoClass(tid: number, ioClass: number): number {
  return call === undefined ? -ENOSYS : checked(syscall(call, WHO_PROCESS, tid, ioClass << CLASS_SHIFT, 0, 0));
}

/** The I/O class of the thread `tid`, 0 being the calling one, or negative errno. */
export function ioClassOf(tid: number): number {
  if (call === undefined) return -ENOSYS;
  const priority = checked(syscall(call + IOPRIO_GET_BEHIND, WHO_PROCESS, tid, 0, 0, 0));
  return priority < 0 ? priority : priority >> CLASS_SHIFT;
}

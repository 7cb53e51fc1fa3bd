import { checked, libc } from './library.js';

/** SCHED_IDLE of <sched.h>. */
const IDLE = 5;

const sched_setscheduler = libc.func('int sched_setscheduler(int tid, int policy, const int32_t *priority)') as (tid: number, policy: number, priority: Int32Array) => number;

/**
 * Has the thread `tid`, 0 being the calling one, run on CPU time that nobody
 * else wants: whoever else wakes up goes first at once. Threads that it starts
 * later inherit that; without privilege it can't be taken back. 0, or negative
 * errno: -EPERM for another user's thread, -ESRCH.
 *
 * @see https://man7.org/linux/man-pages/man7/sched.7.html
 */
export function setIdleScheduling(tid: number): number {
  return checked(sched_setscheduler(tid, IDLE, new Int32Array(1)));
}

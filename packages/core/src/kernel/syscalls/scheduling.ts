import { checked, libc } from './library.js';

/** SCHED_IDLE of <sched.h>. */
const IDLE = 5;

/** Room for so many CPUs: cpu_set_t of <sched.h>. */
const CPU_BYTES = 128;

const sched_getaffinity = libc.func('int sched_getaffinity(int tid, size_t bytes, _Out_ uint8_t *cpus)') as (tid: number, bytes: number, cpus: Uint8Array) => number;
const sched_setaffinity = libc.func('int sched_setaffinity(int tid, size_t bytes, const uint8_t *cpus)') as (tid: number, bytes: number, cpus: Uint8Array) => number;
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

/**
 * Has the thread `tid` keep to the last of the CPUs that the calling one may
 * use: the first is the one that most interrupts go to. Threads and programs
 * that it starts later inherit that. 0, or negative errno.
 *
 * @see https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html
 */
export function keepToLastCpu(tid: number): number {
  const cpus = new Uint8Array(CPU_BYTES);
  const failed = checked(sched_getaffinity(0, CPU_BYTES, cpus));
  if (failed < 0) return failed;
  const last = cpus.findLastIndex((bits) => bits !== 0);
  const bit = 31 - Math.clz32(cpus[last]);
  cpus.fill(0);
  cpus[last] = 2 ** bit;
  return checked(sched_setaffinity(tid, CPU_BYTES, cpus));
}

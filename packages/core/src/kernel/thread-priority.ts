import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { IoClass, setIoClass } from './syscalls/io-priority.js';
import { keepToLastCpu, setIdleScheduling } from './syscalls/scheduling.js';

const NICE = 5;

/**
 * Lets the calling thread, a worker, stand back behind the event loop, which
 * is what makes the others wait, and behind the machine's own work a little.
 *
 * On Linux the priority is a thread's own, unlike what POSIX says.
 * @see https://man7.org/linux/man-pages/man2/setpriority.2.html ("C library/kernel differences")
 */
export function standBack(): void {
  setPriority(0, NICE);
}

/**
 * Has the disk serve the calling thread when nobody else wants it, where the
 * I/O scheduler goes by classes (mq-deadline, bfq). For threads that read: what
 * others wait for must not starve in a class that may never be served.
 *
 * False if the kernel refuses.
 * @see https://docs.kernel.org/block/ioprio.html
 */
export function readWhenIdle(): boolean {
  return setIoClass(0, IoClass.IDLE) === 0;
}

/**
 * Has this process, all threads and programs that it has and will have, run on
 * CPU time that nobody else wants, and on one CPU: who wakes up on that of an
 * idle class waits until the kernel is done with what it does for that class,
 * which may be milliseconds. The other CPUs are free of it. It is for good:
 * nothing takes it back without privilege.
 *
 * False if the kernel refuses any thread.
 */
export function workWhenIdle(): boolean {
  let all = true;
  for (const tid of readdirSync('/proc/self/task')) all = setIdleScheduling(Number(tid)) === 0 && keepToLastCpu(Number(tid)) === 0 && all;
  return all;
}

import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { IoClass, setIoClass } from './syscalls/io-priority.js';

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
 * The same for all threads of this process that there are by now: the thread
 * pool that Node reads files with has no other way to be told. Those that are
 * started later inherit it from the one that starts them.
 *
 * False if the kernel refuses any.
 */
export function readWhenIdleInAllThreads(): boolean {
  let all = true;
  for (const tid of readdirSync('/proc/self/task')) all = setIoClass(Number(tid), IoClass.IDLE) === 0 && all;
  return all;
}

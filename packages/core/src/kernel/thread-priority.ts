import { setPriority } from 'node:os';

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

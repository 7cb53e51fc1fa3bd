import { MOUNTINFO, openMountInfo, readMounts } from './mounts.js';
import type { Mount } from './mounts.js';
import { close, Poll, pollNow, syscallError } from './syscalls/index.js';

/**
 * Notices when the mounts that this process sees change.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export class MountWatch {
  #fd: number;
  #mounts: readonly Mount[];

  /** @throws {DuetError} `DUET_ERR_SYSCALL` without /proc */
  constructor() {
    this.#fd = openMountInfo();
    if (this.#fd < 0) throw syscallError('watch the mounts', 'openat', this.#fd, MOUNTINFO);
    this.#mounts = readMounts();
  }

  /** The mounts, in the kernel's order, as of the start or the last change that was noticed. */
  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  /** The mounts, if any came, went, moved or got other options since the last call; else undefined. Never waits. */
  changed(): readonly Mount[] | undefined {
    // Asking takes the notice back, so that what changes while the mounts are read is noticed next time.
    if (this.#fd < 0 || (pollNow(this.#fd, Poll.PRI) & Poll.PRI) === 0) return undefined;
    this.#mounts = readMounts();
    return this.#mounts;
  }

  /** Safe to call twice; nothing changes afterwards. */
  close(): void {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
  }
}

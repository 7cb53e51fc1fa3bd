import { openMountInfo } from './mounts.js';
import { close, openEventFd, Poll, pollLater, raiseEventFd } from './syscalls/index.js';
import type { Polled } from './syscalls/index.js';

/** A thread waits no longer than this: a process that exits waits for it. */
const WAIT_MS = 500;

/**
 * Wakes this process when something waits in one of its descriptors, or the
 * mounts change, so that it need not look again and again while nothing happens.
 *
 * A thread of libuv's pool waits. It holds the files open: a mount or a trace
 * instance is free a moment after `close`, not at once.
 */
export class WakeUp {
  readonly #descriptors: () => readonly number[];
  readonly #interrupt = openEventFd();
  /** One of its own: asking for changes of the mounts takes the notice back. */
  readonly #mounts = openMountInfo();
  readonly #woken: (() => void)[] = [];
  readonly #onExit = (): void => this.close();
  #waiting = false;
  #closed = false;

  /** `descriptors` gives those that become readable; asked at each wait. */
  constructor(descriptors: () => readonly number[]) {
    this.#descriptors = descriptors;
    process.once('exit', this.#onExit);
  }

  /** Calls `woken` once, when something waits, after half a second, or on `close`. */
  wait(woken: () => void): void {
    this.#woken.push(woken);
    if (this.#waiting || this.#closed) return;
    this.#waiting = true;
    const polled: Polled[] = this.#descriptors().map((fd) => ({ fd, events: Poll.IN }));
    polled.push({ fd: this.#interrupt, events: Poll.IN }, { fd: this.#mounts, events: Poll.PRI });
    pollLater(polled, WAIT_MS, () => {
      this.#waiting = false;
      if (this.#closed) this.#letGo();
      for (const call of this.#woken.splice(0)) call();
    });
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    process.off('exit', this.#onExit);
    if (this.#waiting) raiseEventFd(this.#interrupt);
    else this.#letGo();
  }

  #letGo(): void {
    close(this.#interrupt);
    close(this.#mounts);
  }
}

import { openMountInfo } from './mounts.js';
import { close, Poll, PollSet } from './syscalls/index.js';

/**
 * Says whether names or mounts may have changed: one system call instead of
 * one for the mounts and one for each file system, at every poll of a session.
 */
export class Notices {
  readonly #descriptors: () => readonly number[] | undefined;
  /** One of its own: asking for changes of the mounts takes the notice back. */
  #mounts = openMountInfo();
  #known: readonly number[] | undefined;
  #polled = new PollSet([]);

  /**
   * `descriptors` gives those that become readable when names change: another
   * array whenever they are others, none if there is no telling.
   */
  constructor(descriptors: () => readonly number[] | undefined) {
    this.#descriptors = descriptors;
  }

  /** Whether anything may have changed since this was asked last; true if that cannot be told. Never waits. */
  look(): boolean {
    const descriptors = this.#descriptors();
    if (descriptors === undefined || this.#mounts < 0) return true;
    const others = descriptors !== this.#known;
    if (others) {
      this.#known = descriptors;
      this.#polled = new PollSet([{ fd: this.#mounts, events: Poll.PRI }, ...descriptors.map((fd) => ({ fd, events: Poll.IN }))]);
    }
    // What changed before they were asked is not told by those that are new.
    return this.#polled.now() !== 0 || others;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#mounts >= 0) close(this.#mounts);
    this.#mounts = -1;
  }
}

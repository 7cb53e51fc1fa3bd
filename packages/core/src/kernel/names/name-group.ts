import { close } from 'node:fs';
import type { NameSink } from '../../model/index.js';
import { FanEvent, FanGroup, fanotifyInit, fanotifyMark, FanMark, NativeBuffer, read } from '../syscalls/index.js';
import { decodeNames } from './name-decoder.js';
import type { DecodedName } from './name-decoder.js';
import { NameDoubts } from './name-doubts.js';

/** Of groups that tell of names and of who has them (Linux 5.17). */
export const NAME_GROUP = FanGroup.CLOEXEC | FanGroup.NONBLOCK | FanGroup.REPORT_FID | FanGroup.REPORT_DIR_FID | FanGroup.REPORT_NAME | FanGroup.REPORT_TARGET_FID;
const EVENTS = FanEvent.CREATE | FanEvent.DELETE | FanEvent.RENAME | FanEvent.ONDIR;
/** Several of these hold all that the kernel's default queue does; whoever makes names without an end doesn't hold up the caller. */
const READS_MAX = 32;

/** All groups are read one after the other, into the same memory. */
const memory = new NativeBuffer(65_536);

/** A fanotify group for one superblock: the events' own ids of file systems are the same for copies of a disk. */
export class NameGroup {
  readonly #dev: number;
  /** Readable while changes wait. */
  readonly fd: number;
  readonly #doubts = new NameDoubts();

  private constructor(dev: number, fd: number) {
    this.#dev = dev;
    this.fd = fd;
  }

  /** A group for superblock `dev`; undefined if the kernel or this user has none. */
  static open(dev: number): NameGroup | undefined {
    const fd = fanotifyInit(NAME_GROUP);
    return fd < 0 ? undefined : new NameGroup(dev, fd);
  }

  /** Has the group told of all changes of names on the file system that an open folder is on. 0, or negative errno. */
  mark(folder: number): number {
    return fanotifyMark(this.fd, FanMark.ADD | FanMark.FILESYSTEM, EVENTS, folder);
  }

  /** True if it did not come to the end of what is waiting. */
  drain(sink: NameSink): boolean {
    for (let left = READS_MAX; left > 0; left--) {
      const bytes = read(this.fd, memory.address, memory.bytes.length);
      if (bytes <= 0) {
        this.#doubts.settle(sink);
        return false;
      }
      decodeNames(memory, bytes, this.#dev, (event) => this.#take(event, sink));
    }
    return true;
  }

  /** Nothing is to be read any more. The kernel takes its time, waiting until nobody looks at what was marked: the caller does not. */
  close(): void {
    close(this.fd, () => undefined);
  }

  #take(event: DecodedName, sink: NameSink): void {
    if (event === 'lost' || this.#doubts.isFull) {
      this.#doubts.clear();
      sink.namesLost(this.#dev);
    }
    if (event === 'lost') return;
    this.#doubts.add(event);
    sink.named(event);
  }
}

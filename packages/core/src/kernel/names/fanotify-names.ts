import type { NameSink, NameSource } from '../../model/index.js';
import { readMounts } from '../mounts.js';
import { BTRFS_TOP, inodeOfHandle, setInode } from '../probe/index.js';
import { close, EXDEV, FileHandle, Open } from '../syscalls/index.js';
import { openMount } from '../open-mount.js';
import { NameGroup } from './name-group.js';

/**
 * Changes of names on whole file systems, by fanotify (Linux 5.17 and later,
 * as root), where file handles have a layout that is known: ext4, xfs, btrfs
 * with all its subvolumes.
 *
 * The kernel holds 16,384 events for each file system by default
 * (fs.fanotify.max_queued_events); of what comes on top it tells that it is
 * lost. A followed file system can be unmounted; mounted again, it is to be
 * followed anew.
 *
 * @see https://man7.org/linux/man-pages/man7/fanotify.7.html
 */
export class FanotifyNames implements NameSource {
  readonly #groups = new Map<number, NameGroup>();
  readonly #handle = new FileHandle();
  #descriptors: readonly number[] | undefined;

  follow({ dev }: { readonly dev: number }): boolean {
    const known = this.#groups.get(dev);
    const group = known ?? NameGroup.open(dev);
    if (group === undefined) return false;
    const marked = readMounts().some((mount) => {
      const folder = mount.dev === dev ? openMount(mount) : -1;
      if (folder < 0) return false;
      const done = this.#mark(group, folder);
      close(folder);
      return done;
    });
    if (marked) this.#groups.set(dev, group);
    else if (known === undefined) group.close();
    this.#descriptors = undefined;
    return marked;
  }

  unfollow(dev: number): void {
    this.#groups.get(dev)?.close();
    this.#groups.delete(dev);
    this.#descriptors = undefined;
  }

  drain(sink: NameSink): boolean {
    let more = false;
    for (const group of this.#groups.values()) more = group.drain(sink) || more;
    return more;
  }

  get descriptors(): readonly number[] {
    return (this.#descriptors ??= Array.from(this.#groups.values(), (group) => group.fd));
  }

  stop(): void {
    for (const dev of this.#groups.keys()) this.unfollow(dev);
  }

  #mark(group: NameGroup, folder: number): boolean {
    if (!this.#hasKnownHandle(folder)) return false;
    const failed = group.mark(folder);
    if (failed !== -EXDEV) return failed === 0;
    // The ids of btrfs's file system and of its subvolume differ here; at the very top they are the same.
    setInode(this.#handle, 'btrfs', BTRFS_TOP);
    const top = this.#handle.open(folder, Open.RDONLY | Open.DIRECTORY | Open.CLOEXEC);
    if (top < 0) return false;
    const done = group.mark(top) === 0;
    close(top);
    return done;
  }

  #hasKnownHandle(folder: number): boolean {
    if (this.#handle.read(folder) < 0) return false;
    const { type, payload } = this.#handle;
    return inodeOfHandle(type, payload, 0, payload.byteLength) !== undefined;
  }
}

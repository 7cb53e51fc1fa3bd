import { FsMagic, fsMagic } from '@duet/core/kernel/syscalls';
import type { Stat } from '@duet/core/kernel/syscalls';
import type { Mount } from '@duet/core';
import { hasAttributes } from './extended-attributes.js';

/** File systems of which it is known, and tested, that whatever becomes of a file's extended attributes moves its ctime. Not tmpfs before Linux 5.19, nor F2FS, nor those that are kept elsewhere. */
const MOVE_CTIME: ReadonlySet<number> = new Set([FsMagic.EXT, FsMagic.XFS, FsMagic.BTRFS]);
/** Mount options with which a file system says nothing of attributes that files have. */
const HIDING: ReadonlySet<string> = new Set(['noacl', 'nouser_xattr']);
/** What changes so shortly after may get the same ctime: times are as coarse as the tick of the kernel, and on ext4 with small inodes whole seconds. In milliseconds. */
const SETTLED_MS = 3000;

/** Whether what changes now gets another ctime than the one that the file has. */
export function hasSettled(ctimeNs: bigint, nowMs: number): boolean {
  return nowMs - Number(ctimeNs / 1_000_000n) > SETTLED_MS;
}

/** Numbers of mounts on which a file has the attributes that it shows, and no others. */
export function plainMounts(mounts: readonly Mount[]): number[] {
  return mounts.filter(({ fsOptions }) => !fsOptions.split(',').some((option) => HIDING.has(option))).map(({ id }) => id);
}

/**
 * Tells of which files it may be kept in mind that they have no extended
 * attributes, in the version that they are in: these need not be opened to ask
 * for them as long as their ctime stays.
 */
export class BareFiles {
  readonly #mounts: ReadonlySet<number>;
  readonly #nowMs: () => number;
  /** Whether the file system moves the ctime, by `st_dev`. */
  readonly #moveCtime = new Map<number, boolean>();

  /** `mounts` are those that `plainMounts` gave; on others, and where the kernel does not tell the mount (before Linux 5.8), no file is bare; `nowMs` tells milliseconds since 1970. */
  constructor(mounts: readonly number[], nowMs: () => number = Date.now) {
    this.#mounts = new Set(mounts);
    this.#nowMs = nowMs;
  }

  /** Whether the open file, whose state is in `stat`, has no attributes, and none as long as it has this ctime. Of a descriptor of O_PATH: never. */
  has(fd: number, stat: Stat): boolean {
    return hasSettled(stat.ctimeNs, this.#nowMs()) && this.keepsTrackIn(fd, stat) && !hasAttributes(fd);
  }

  /** Whether of what lies in the open folder, whose state is in `stat`, every change of attributes can be told by the ctime. */
  keepsTrackIn(fd: number, stat: Stat): boolean {
    return this.#mounts.has(stat.mountId) && this.#movesCtime(fd, stat.dev);
  }

  #movesCtime(fd: number, dev: number): boolean {
    let moves = this.#moveCtime.get(dev);
    if (moves === undefined) this.#moveCtime.set(dev, (moves = MOVE_CTIME.has(fsMagic(fd))));
    return moves;
  }
}

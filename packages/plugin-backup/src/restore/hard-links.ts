import type { BytePath } from '@duet/core/model';
import { locateBeneath } from '@duet/core/kernel/read';
import { close, Stat } from '@duet/core/kernel/syscalls';
import { linkDescriptor } from '@duet/core/kernel/write';
import type { TreeNode } from '../tree/node.js';

/** A file that was restored, under its first name. */
interface First {
  readonly path: BytePath;
  readonly ino: number;
  readonly dev: number;
}

/** Files with several names that were restored: the next name of each is a link. */
export class HardLinks {
  readonly #top: number;
  readonly #firsts = new Map<string, First>();
  readonly #stat = new Stat();

  /** `top`: descriptor of the target. */
  constructor(top: number) {
    this.#top = top;
  }

  /** `fd` is open on the file that was restored at `path`, which begins with a slash. */
  add(node: TreeNode, path: BytePath, fd: number): void {
    if (!hasSeveralNames(node) || this.#stat.read(fd) < 0) return;
    this.#firsts.set(keyOf(node), { path: path.slice(1) as BytePath, ino: this.#stat.ino, dev: this.#stat.dev });
  }

  /** Makes `entry` in the folder `dir` one more name of the file, if it was restored and is still there. */
  link(node: TreeNode, dir: number, entry: BytePath): boolean {
    const first = hasSeveralNames(node) ? this.#firsts.get(keyOf(node)) : undefined;
    if (!first) return false;
    const fd = locateBeneath(this.#top, first.path);
    if (fd < 0) return false;
    try {
      const isSame = this.#stat.read(fd) === 0 && this.#stat.ino === first.ino && this.#stat.dev === first.dev;
      return isSame && linkDescriptor(fd, dir, entry) === 0;
    } finally {
      close(fd);
    }
  }
}

function hasSeveralNames({ type, links }: TreeNode): boolean {
  return type !== 'dir' && (links ?? 0) > 1;
}

function keyOf({ deviceId, inode }: TreeNode): string {
  return `${deviceId} ${inode}`;
}

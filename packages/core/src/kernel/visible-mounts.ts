import { isUnder, pathsTo } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import type { Mount } from './mounts.js';

/**
 * The mount that an absolute path without symbolic links is on, first, and
 * those below it that a path leads to: none that another mount hides, which
 * stands at its mount point or above.
 */
export function visibleMounts(mounts: readonly Mount[], path: BytePath): Mount[] {
  const tree = new MountTree(mounts);
  let own: Mount | undefined;
  const below: Mount[] = [];
  for (const mount of mounts) {
    if (!tree.isVisible(mount)) continue;
    if (mount.mountPoint !== path && isUnder(mount.mountPoint, path)) below.push(mount);
    else if (isUnder(path, mount.mountPoint) && mount.mountPoint.length >= (own?.mountPoint.length ?? 0)) own = mount;
  }
  return own === undefined ? below : [own, ...below];
}

/** Mounts by what they are mounted on. A path goes from a mount to the first that is mounted on it along the way. */
class MountTree {
  readonly #byId = new Map<number, Mount>();
  /** Of several on one mount at the same place, which the kernel has seldom, the last. */
  readonly #byPlace = new Map<string, Mount>();
  readonly #reached = new Map<Mount, boolean>();

  constructor(mounts: readonly Mount[]) {
    for (const mount of mounts) {
      this.#byId.set(mount.id, mount);
      // The very first mount of a system is its own parent.
      if (mount.id !== mount.parent) this.#byPlace.set(place(mount.parent, mount.mountPoint), mount);
    }
  }

  /** Whether a path leads into `mount`, and not on to another one at the same place. */
  isVisible(mount: Mount): boolean {
    return !this.#byPlace.has(place(mount.id, mount.mountPoint)) && this.#isReached(mount);
  }

  /** Whether a path comes to the root of `mount`, first of all that are mounted on the same one. */
  #isReached(mount: Mount): boolean {
    const known = this.#reached.get(mount);
    if (known !== undefined) return known;
    // A list that changed while it was read may lead in a circle.
    this.#reached.set(mount, false);
    const { id, parent, mountPoint } = mount;
    const first = pathsTo(mountPoint).map((path) => this.#byPlace.get(place(parent, path))).find((one) => one !== undefined);
    const below = this.#byId.get(parent);
    const reached = id === parent || (first === mount && (below === undefined || this.#isReached(below)));
    this.#reached.set(mount, reached);
    return reached;
  }
}

function place(parent: number, path: string): string {
  return `${parent} ${path}`;
}

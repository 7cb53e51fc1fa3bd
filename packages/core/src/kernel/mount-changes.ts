import type { BytePath } from '../model/index.js';
import type { Mount } from './mounts.js';
import { visibleMounts } from './visible-mounts.js';

/** Mounts that a path came to lead to, and those that it leads to no more. */
export interface MountChanges {
  readonly appeared: readonly Mount[];
  readonly vanished: readonly Mount[];
}

/**
 * What changed for an absolute path without symbolic links: on the mount that
 * it is on, and on those below it. A mount that another one hides has
 * vanished, and appears when that one goes. One that was moved, or whose
 * number was given to another, did both; new options are no change.
 */
export function mountChanges(before: readonly Mount[], after: readonly Mount[], path: BytePath): MountChanges {
  const old = visibleMounts(before, path);
  const now = visibleMounts(after, path);
  return { appeared: without(now, old), vanished: without(old, now) };
}

function without(mounts: readonly Mount[], others: readonly Mount[]): Mount[] {
  const known = new Map(others.map((mount) => [mount.id, mount]));
  return mounts.filter((mount) => {
    const other = known.get(mount.id);
    return other === undefined || other.mountPoint !== mount.mountPoint || other.dev !== mount.dev || other.root !== mount.root;
  });
}

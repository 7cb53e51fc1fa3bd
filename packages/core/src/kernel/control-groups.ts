import { joinPath } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { parseMountInfo } from './mounts.js';
import type { Mount } from './mounts.js';

/** The control groups that bound a process's memory. */
export interface GroupFolders {
  readonly version: 1 | 2;
  /** The process's own first, then each one above it as far as it can be seen here. */
  readonly folders: readonly BytePath[];
}

/**
 * Where the memory groups of a process are, by the text of its /proc/PID/cgroup
 * and mountinfo; undefined if no hierarchy with memory is mounted.
 *
 * Where both versions are, memory is controlled by the first if that has the
 * controller: it can be in one only.
 *
 * @see https://man7.org/linux/man-pages/man7/cgroups.7.html
 */
export function memoryGroups(cgroup: string, mountinfo: Uint8Array): GroupFolders | undefined {
  const group = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(cgroup)?.[1];
  const mount = findMount(mountinfo, / - cgroup \S+ (?:\S*,)?memory(?:,|$)/);
  if (group !== undefined && mount !== undefined) return { version: 1, folders: upwards(mount, group as BytePath) };
  const folders = unifiedGroups(cgroup, mountinfo);
  return folders && { version: 2, folders };
}

/**
 * The group of version 2 that a process is in, and those above it; undefined if
 * that hierarchy is not mounted. Beside version 1 it may have no controllers.
 */
export function unifiedGroups(cgroup: string, mountinfo: Uint8Array): readonly BytePath[] | undefined {
  const group = /^0::(.*)$/m.exec(cgroup)?.[1];
  const mount = findMount(mountinfo, / - cgroup2 /);
  return group === undefined || mount === undefined ? undefined : upwards(mount, group as BytePath);
}

function findMount(mountinfo: Uint8Array, pattern: RegExp): Mount | undefined {
  const line = Buffer.from(mountinfo).toString('latin1').split('\n').find((line) => pattern.test(line));
  return line === undefined ? undefined : parseMountInfo(Buffer.from(line, 'latin1'))[0];
}

/** The folder of `group` below `mount`, and those above it up to the mount point. In a container a part of the hierarchy may be mounted, and the group named from elsewhere. */
function upwards({ mountPoint, root }: Mount, group: BytePath): BytePath[] {
  const below = root === '/' ? group : group === root || group.startsWith(`${root}/`) ? group.slice(root.length) : '';
  const names = below.split('/').filter(Boolean);
  if (names.includes('..')) return [mountPoint];
  const folders = [mountPoint];
  for (const name of names) folders.unshift(joinPath(folders[0], name as BytePath));
  return folders;
}

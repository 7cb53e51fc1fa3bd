import { joinPath } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { parseMountInfo } from '../mounts.js';
import type { Mount } from '../mounts.js';

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
  const hierarchies = cgroup.split('\n').map((line) => /^(\d+):([^:]*):(.*)$/.exec(line)).filter((match) => match !== null);
  const first = hierarchies.find(([, , controllers]) => controllers.split(',').includes('memory'));
  if (first !== undefined) {
    const mount = findMount(mountinfo, / - cgroup \S+ (?:\S*,)?memory(?:,|$)/);
    if (mount !== undefined) return { version: 1, folders: upwards(mount, first[3] as BytePath) };
  }
  const second = hierarchies.find(([, id, controllers]) => id === '0' && controllers === '');
  const mount = second && findMount(mountinfo, / - cgroup2 /);
  return mount && { version: 2, folders: upwards(mount, second[3] as BytePath) };
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

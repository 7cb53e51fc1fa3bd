import { readFileSync } from 'node:fs';
import type { Check } from './check.js';

/** Types of file systems that hold users' files, and where Duet cannot do all that it does elsewhere. */
const LIMITED: Readonly<Record<string, { readonly detail: string; readonly hint: string }>> = {
  overlay: {
    detail: 'the kernel does not tell the cache state of files seen through overlayfs',
    hint: 'give a path on the file system below it; else files are processed in on-disk order',
  },
  nfs: { detail: 'no page events are tried on NFS', hint: 'run Duet on the server' },
  nfs4: { detail: 'no page events are tried on NFS', hint: 'run Duet on the server' },
  cifs: { detail: 'no page events are tried on SMB', hint: 'run Duet on the server' },
  zfs: { detail: 'ZFS has a cache of its own, which the kernel does not tell of', hint: 'files are processed in on-disk order' },
  f2fs: { detail: 'not tried on F2FS', hint: 'ext4, xfs and btrfs are what Duet is tested on' },
};

/** One check for each mounted type of file system that limits what Duet can do. */
export function* mountChecks(mountInfo = readFileSync('/proc/self/mountinfo', 'latin1')): Generator<Check> {
  const byType = new Map<string, string[]>();
  for (const line of mountInfo.split('\n')) {
    const [own = '', shared = ''] = line.split(' - ');
    const [mountPoint, type] = [own.split(' ')[4], shared.split(' ')[0]];
    if (mountPoint !== undefined && type !== undefined && Object.hasOwn(LIMITED, type)) byType.set(type, [...(byType.get(type) ?? []), mountPoint]);
  }
  for (const [type, mountPoints] of byType) {
    const { detail, hint } = LIMITED[type];
    const shown = mountPoints.slice(0, 3).join(', ') + (mountPoints.length > 3 ? ` and ${mountPoints.length - 3} more` : '');
    yield { name: type, group: 'file systems', required: false, ok: false, detail: `${detail} (${shown})`, hint };
  }
}

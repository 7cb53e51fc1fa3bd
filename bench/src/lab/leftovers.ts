import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { groupNames, groupRoots, removeGroup } from './cgroups.js';
import { command } from './command.js';
import { isLeftover } from './lab-name.js';

/**
 * Removes what labs of dead processes left behind: their programs and groups,
 * trace instances, mounts, loop devices and folders in `base`. Gives the names
 * of what it removed.
 */
export function removeLeftovers(base: string): string[] {
  const removed = new Set<string>();
  for (const root of groupRoots()) {
    for (const name of groupNames(root).filter(isLeftover)) {
      removeGroup(join(root, name));
      removed.add(name);
    }
  }
  const mounts = mountedNow();
  const tracing = mounts.find((mount) => mount.fsType === 'tracefs');
  if (tracing) {
    // A dead lab that traced left its own mount of tracefs too, so one is there.
    const instances = join(tracing.path, 'instances');
    for (const name of readdirSync(instances).filter(isLeftover)) {
      rmdirSync(join(instances, name));
      removed.add(name);
    }
  }
  for (const { path: mount } of mounts.reverse()) {
    const name = basename(dirname(mount));
    if (!isLeftover(name)) continue;
    command('umount', [mount]);
    removed.add(name);
  }
  for (const { device, image } of loopDevices()) {
    const name = basename(dirname(image));
    if (!isLeftover(name)) continue;
    command('losetup', ['--detach', device]);
    removed.add(name);
  }
  for (const name of readdirSync(base).filter(isLeftover)) {
    rmSync(join(base, name), { recursive: true, force: true });
    removed.add(name);
  }
  return [...removed];
}

/** A mount: where, of what type, and the `major:minor` of its superblock. */
export interface Mounted {
  readonly path: string;
  readonly fsType: string;
  readonly superblock: string;
}

/** What is mounted now, in order. */
export function mountedNow(): Mounted[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const fields = left.split(' ');
    return { path: fields[4] ?? '', fsType: right.split(' ')[0] ?? '', superblock: fields[2] ?? '' };
  });
}

/** Loop devices in use and the images that they are on. */
export function loopDevices(): { readonly device: string; readonly image: string }[] {
  return readdirSync('/sys/block')
    .filter((name) => existsSync(`/sys/block/${name}/loop/backing_file`))
    .map((name) => ({ device: `/dev/${name}`, image: readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim().replace(/ \(deleted\)$/, '') }));
}

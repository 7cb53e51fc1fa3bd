import type { Mount } from './mounts.js';
import { AT_FDCWD, close, CString, ENOENT, Open, openat, Stat } from './syscalls/index.js';

const cString = new CString();
const stat = new Stat();

/**
 * Opens the folder at a mount's mount point, if the path leads to that mount
 * and to no other that hides it. A descriptor, or negative errno. It keeps the
 * file system from being unmounted: close it soon.
 */
export function openMount(mount: Mount): number {
  const fd = openat(AT_FDCWD, cString.put(mount.mountPoint), Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC);
  if (fd < 0) return fd;
  if (stat.read(fd) === 0 && stat.mountId === mount.id) return fd;
  close(fd);
  return -ENOENT;
}

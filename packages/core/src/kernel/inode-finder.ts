import { fromBytes } from '../model/index.js';
import type { BytePath, Inode } from '../model/index.js';
import type { Mount } from './mounts.js';
import { openMount } from './open-mount.js';
import { inodeOfHandle, setInode, xfsGeneration } from './probe/index.js';
import { AT_FDCWD, close, CString, EINVAL, ENOENT, ESTALE, FileHandle, NativeBuffer, Open, readlink, Stat } from './syscalls/index.js';

/** What page events tell of a file on a superblock; btrfs has the same numbers in each subvolume, 0 elsewhere. */
export type InodeNumber = Pick<Inode, 'ino' | 'subvolume'>;

/** An inode that has the number now, and a path that leads to it: one of several, perhaps. */
export interface NamedInode {
  readonly inode: Inode;
  /** Absolute, without symbolic links. */
  readonly path: BytePath;
}

/**
 * `nameless`: there may be such an inode, but the kernel has no name of it in
 * memory now, or it is unlinked, no mount leads to it, or this user is not told.
 * `gone`: the number is not in use.
 */
export type FoundInode = NamedInode | 'nameless' | 'gone';

/** What the kernel shows the path of a file by that it has no name for in memory. */
const NO_NAME = '/';

const cString = new CString();
const handle = new FileHandle();
const stat = new Stat();
const link = new NativeBuffer(4096);

/**
 * Paths of inodes of the superblock `dev` by their numbers, without looking
 * for them on the disk: just after somebody opened a file the kernel has its
 * name. ext4, xfs and btrfs, as root; on others all are nameless.
 *
 * Holds on to no mount: each of `mounts` that is needed is open for the time
 * of the call, for all inodes.
 *
 * @see https://man7.org/linux/man-pages/man2/open_by_handle_at.2.html
 */
export function findInodes(mounts: readonly Mount[], dev: number, inodes: readonly InodeNumber[]): FoundInode[] {
  const found = inodes.map((): FoundInode => 'nameless');
  let left = [...inodes.keys()];
  for (const mount of widestFirst(mounts, dev)) {
    if (left.length === 0) break;
    const folder = openMount(mount);
    if (folder < 0) continue;
    left = left.filter((index) => {
      const answer = findOn(folder, mount.fsType, inodes[index]);
      found[index] = answer === 'elsewhere' ? 'nameless' : answer;
      return answer === 'elsewhere';
    });
    close(folder);
  }
  return found;
}

/** Mounts of a superblock, first those that show most of it. */
function widestFirst(mounts: readonly Mount[], dev: number): Mount[] {
  return mounts.filter((mount) => mount.dev === dev).sort((a, b) => a.root.length - b.root.length);
}

/** `elsewhere`: the inode has a name, which this mount doesn't lead to. */
function findOn(folder: number, fsType: string, { ino, subvolume }: InodeNumber): FoundInode | 'elsewhere' {
  const gen = fsType === 'xfs' ? xfsGeneration(folder, ino) : 0;
  if (gen === -EINVAL || gen === -ENOENT) return 'gone';
  if (gen < 0 || !setInode(handle, fsType, { ino, gen, subvolume })) return 'nameless';
  const fd = handle.open(folder, Open.PATH | Open.CLOEXEC);
  if (fd === -ESTALE) return 'gone';
  if (fd < 0) return 'nameless';
  const answer = nameOf(fd);
  close(fd);
  return answer;
}

function nameOf(fd: number): FoundInode | 'elsewhere' {
  if (stat.read(fd) < 0 || stat.nlink === 0) return 'nameless';
  const { ino, dev } = stat;
  const inode = handle.read(fd) < 0 ? undefined : inodeOfHandle(handle.type, handle.payload, 0, handle.payload.byteLength);
  const bytes = readlink(cString.put(`/proc/self/fd/${fd}` as BytePath), link.address, link.bytes.length);
  if (inode === undefined || bytes <= 0 || bytes === link.bytes.length) return 'nameless';
  const path = fromBytes(link.bytes.subarray(0, bytes));
  // What the kernel shows may be deleted, beside the mount, or hidden by another one.
  if (stat.readAt(AT_FDCWD, cString.put(path)) === 0 && stat.ino === ino && stat.dev === dev) return { inode, path };
  return path === NO_NAME ? 'nameless' : 'elsewhere';
}

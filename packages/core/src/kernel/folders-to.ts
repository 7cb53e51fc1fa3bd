import { pathsTo } from '../model/index.js';
import type { BytePath, Inode } from '../model/index.js';
import { readMounts } from './mounts.js';
import { subvolumeOfHandle } from './probe/index.js';
import { AT_FDCWD, CString, FileHandle, Stat } from './syscalls/index.js';

/** A folder, and which inode it is. */
export interface FolderInode {
  readonly path: BytePath;
  /** Superblock's number, kernel encoding. */
  readonly dev: number;
  readonly inode: Inode;
}

const cString = new CString();

/** The folders on the way to an absolute path without symbolic links, itself included if it is one; those that cannot be looked at are left out. */
export function foldersTo(path: BytePath): FolderInode[] {
  const mounts = readMounts();
  const stat = new Stat();
  const handle = new FileHandle();
  const folders: FolderInode[] = [];
  for (const folder of pathsTo(path)) {
    const address = cString.put(folder);
    if (stat.readAt(AT_FDCWD, address) < 0 || !stat.isFolder) continue;
    const dev = mounts.find((mount) => mount.id === stat.mountId)?.dev ?? stat.dev;
    const subvolume = handle.readAt(AT_FDCWD, address) === 0 ? subvolumeOfHandle(handle) : 0;
    folders.push({ path: folder, dev, inode: { ino: stat.ino, gen: 0, subvolume } });
  }
  return folders;
}

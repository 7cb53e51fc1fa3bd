import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** Numbers by which `statfs` names the file systems that are treated apart. */
export const FsMagic = {
  EXT: 0xef53,
  XFS: 0x58465342,
  BTRFS: 0x9123683e,
  F2FS: 0xf2f52010,
  NFS: 0x6969,
  OVERLAY: 0x794c7630,
  TMPFS: 0x01021994,
} as const;

const SC_PAGESIZE = 30;

const cFstatfs = libc.func('int fstatfs(int fd, intptr_t buffer)');
const cSysconf = libc.func('long sysconf(int name)');
const scratch = new NativeBuffer(160);

/** The magic number of the file system that an open file is on, or negative errno. */
export function fsMagic(fd: number): number {
  const failed = checked(cFstatfs(fd, scratch.address));
  return failed < 0 ? failed : scratch.view.getUint32(0, true);
}

/** Bytes in a page of this kernel. */
export function pageBytes(): number {
  return cSysconf(SC_PAGESIZE);
}

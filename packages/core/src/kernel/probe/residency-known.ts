import { fsMagic } from '../syscalls/index.js';

/** File systems whose files are cached elsewhere than where cachestat and mincore look: overlayfs, aufs, ZFS. */
const CACHED_ELSEWHERE = new Set([0x794c7630, 0x61756673, 0x2fc12fc1]);

/** Whether cachestat and mincore tell the truth on the file system that an open file is on. */
export function residencyKnown(fd: number): boolean {
  const magic = fsMagic(fd);
  return magic >= 0 && !CACHED_ELSEWHERE.has(magic);
}

import { FsMagic, isAdmin } from '../syscalls/index.js';
import type { ScannedFs } from '../../model/index.js';

/** How a file system's disk is read past the cache. */
export type DirectReadMethod = ScannedFs['directRead'];

/**
 * How files on a file system are read past the cache, by its `statfs` number.
 *
 * Only file systems whose O_DIRECT is known to go to the disk are named: others
 * accept the flag and read their cache. btrfs is one of those for files with
 * checksums, and gives administrators the encoded read instead.
 */
export function directReadMethod(magic: number): DirectReadMethod {
  switch (magic) {
    case FsMagic.EXT:
    case FsMagic.XFS:
    case FsMagic.F2FS:
    case FsMagic.NFS:
      return 'odirect';
    case FsMagic.BTRFS:
      return isAdmin() ? 'encoded' : 'none';
    default:
      return 'none';
  }
}

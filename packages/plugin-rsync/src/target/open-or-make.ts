import type { BytePath, Root } from '@duet/core';
import { close, EEXIST, ENOENT } from '@duet/core/kernel/syscalls';
import { makeFolder } from '@duet/core/kernel/write';
import { splitPath } from '@duet/core/model';

/** Nobody else's until rsync gives it the mode and owner of the source's. */
const MODE = 0o700;

/** Opens a folder beneath the root, through no link; made, with those above it, if there is none. A descriptor, or negative errno. */
export function openOrMake(root: Root, folder: BytePath): number {
  const fd = root.openFolder(folder);
  if (fd !== -ENOENT || folder === '') return fd;
  const [above, name] = splitPath(folder);
  const parent = openOrMake(root, above);
  if (parent < 0) return parent;
  const made = makeFolder(parent, name, MODE);
  close(parent);
  return made < 0 && made !== -EEXIST ? made : root.openFolder(folder);
}

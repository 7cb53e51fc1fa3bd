import { AT_FDCWD, CString, Stat } from '../../src/kernel/syscalls/index.js';
import type { BytePath } from '../../src/model/index.js';

const cString = new CString();

/** Number of the mount that a path leads to; undefined if it leads nowhere. */
export function statMountId(path: BytePath): number | undefined {
  const stat = new Stat();
  return stat.readAt(AT_FDCWD, cString.put(path)) < 0 ? undefined : stat.mountId;
}

import { accessSync, constants } from 'node:fs';

/**
 * Whether mincore tells this process the truth about an open file that `uid`
 * owns: to root, to the owner, and to who may write to it (Linux 5.2 and later).
 */
export function mayMincore(fd: number, uid: number): boolean {
  const euid = process.geteuid?.() ?? 0;
  if (euid === 0 || euid === uid) return true;
  try {
    accessSync(`/proc/self/fd/${fd}`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

import { readFileSync, statSync } from 'node:fs';

const CAP_SYS_ADMIN = 21n;
/** Inode number of the first user namespace, in all kernels since 3.8; its map of users may be that of another one too. */
const FIRST_USER_NS = 0xefff_fffd;

/** Whether this process may administer the system; root in a container often may not, and root of a user namespace never. */
export function isAdmin(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1];
    if (effective !== undefined) return ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n && isInFirstUserNs();
  } catch {
    // No /proc here.
  }
  return process.geteuid?.() === 0;
}

/** Whether capabilities count for the whole system. */
function isInFirstUserNs(): boolean {
  const found = statSync('/proc/self/ns/user', { throwIfNoEntry: false });
  // A kernel without user namespaces has no such file.
  return found === undefined || found.ino === FIRST_USER_NS;
}

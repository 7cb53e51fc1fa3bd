import { hostname, userInfo } from 'node:os';

/** Who works on the repository: as keys, locks and snapshots say it. */
export interface Owner {
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
}

/** This process's host and user; a user without a name has the empty one. */
export function thisOwner(): Owner {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  try {
    return { hostname: hostname(), username: userInfo().username, uid, gid };
  } catch {
    return { hostname: hostname(), username: '', uid, gid };
  }
}

/** Mode bits; where an ACL lets others write, that of the group is set. */
const WRITABLE_BY_OTHERS = 0o022;

const users = new Set([0, process.geteuid!()]);

/**
 * Whether nobody else may put anything in the place of what is in a folder of
 * this owner and mode: it is this user's or root's, and nobody else's to write.
 */
export function isGuarded({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return users.has(uid) && (mode & WRITABLE_BY_OTHERS) === 0;
}

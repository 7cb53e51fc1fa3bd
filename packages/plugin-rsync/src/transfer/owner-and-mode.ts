import { changeMode, changeOwner } from '@duet/core/kernel/write';

const PERMISSIONS = 0o7777;
const SET_ID = 0o6000;
const OF_GROUP = 0o070;
/** Leaves the owner as it is, for chown(2). */
const SAME = 0xffff_ffff;

/** Whose a file of the source is, and who may do what with it. */
export interface OwnerAndMode {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Gives an open file of the target, which nobody else may use yet, the owner
 * and mode of the source's, as far as this process may: a run that is stopped
 * before rsync comes to the file leaves it as it is to be. What fails here is
 * rsync's to do, or to tell.
 *
 * Nobody gets more than the source grants. Without its owner the file runs as
 * nobody else; without its group, another one gets nothing. With `acls`
 * neither does the group, until rsync has set the access control list: the
 * bits may be the mask of one, and make an inherited one grant what they say.
 */
export function giveOwnerAndMode(fd: number, { uid, gid, mode }: OwnerAndMode, acls: boolean): void {
  const hasOwner = changeOwner(fd, uid, gid) === 0;
  const hasGroup = hasOwner || changeOwner(fd, SAME, gid) === 0;
  let granted = mode & PERMISSIONS;
  if (!hasOwner) granted &= ~SET_ID;
  if (!hasGroup || acls) granted &= ~OF_GROUP;
  changeMode(fd, granted);
}

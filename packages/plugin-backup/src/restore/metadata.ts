import type { BytePath } from '@duet/core';
import { EPERM } from '@duet/core/kernel/syscalls';
import { changeMode, changeOwner, setAttribute } from '@duet/core/kernel/write';
import { toDisplay } from '@duet/core/model';
import type { TreeNode } from '../tree/node.js';
import { restoreError } from './restore-error.js';
import { unixPermissions } from './unix-mode.js';

const SET_ID_BITS = 0o6000;

/** Hears what could not be restored. */
export interface MetadataReport {
  problem(path: BytePath, error: unknown): void;
  /** An entry stays the property of the user who restores, who may not give it away. */
  ownerKept(): void;
}

/**
 * Gives an open file, also one opened with O_PATH, its owner, extended
 * attributes and permissions, in this order: a change of owner takes away
 * capabilities and set-id bits.
 */
export function applyMetadata(fd: number, path: BytePath, node: TreeNode, report: MetadataReport): void {
  let permissions = unixPermissions(node.mode);
  const refused = changeOwner(fd, node.uid, node.gid);
  if (refused < 0) {
    // What runs as its owner must not run as another one.
    permissions &= ~SET_ID_BITS;
    if (refused === -EPERM && process.geteuid?.() !== 0) report.ownerKept();
    else report.problem(path, restoreError(path, 'set the owner', refused));
  }
  for (const { name, value } of node.extendedAttributes) {
    const failed = setAttribute(fd, name, value);
    if (failed < 0) report.problem(path, restoreError(path, `set the extended attribute ${toDisplay(name)}`, failed));
  }
  if (node.type === 'symlink') return;
  const failed = changeMode(fd, permissions);
  if (failed < 0) report.problem(path, restoreError(path, 'set the permissions', failed));
}

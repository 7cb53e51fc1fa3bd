import { fromText } from '@duet/core';
import type { BytePath, CommandContext } from '@duet/core';
import type { Repository } from '../repository/repository.js';
import { findSnapshot } from '../repository/snapshot.js';
import type { StoredSnapshot } from '../repository/snapshot.js';
import { findNodes } from '../repository/walk.js';
import type { TreeNode } from '../tree/node.js';

/** The argument of commands that take a snapshot, or a path in one. */
export const SNAPSHOT_ARGUMENT = { name: '<snapshot>', summary: 'id of a snapshot, the beginning of one, or `latest`; SNAPSHOT:PATH for what is at that path in it' };

/** What a person named. */
export interface NamedNodes {
  readonly snapshot: StoredSnapshot;
  /** In the snapshot; '/' for all of it. */
  readonly path: BytePath;
  readonly nodes: readonly TreeNode[];
  /** The folder whose content `nodes` are, if it is one in the snapshot. */
  readonly folder?: TreeNode;
}

/** Finds it; the index is loaded then. @throws {DuetError} `DUET_ERR_SNAPSHOT_UNKNOWN`, `DUET_ERR_REPO_DAMAGED` */
export async function namedNodes({ args }: CommandContext, repository: Repository): Promise<NamedNodes> {
  const [, name, path = '/'] = /^([^:]*)(?::(.*))?$/s.exec(args['snapshot'] as string)!;
  const snapshot = await findSnapshot(repository.files, name);
  await repository.loadIndex();
  const at = fromText(path === '' ? '/' : path);
  return { snapshot, path: at, ...(await findNodes(repository, snapshot, at)) };
}

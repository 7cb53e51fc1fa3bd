import { DuetError, joinPath, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { TreeNode } from '../tree/node.js';
import type { Repository } from './repository.js';
import type { Snapshot } from './snapshot.js';
import { damaged } from './storage-error.js';
import { decodeTree } from './tree.js';

/** A node that a walk came to; a folder comes twice, before and after what is in it. */
export interface WalkedNode {
  /** From the top of the walk, with a slash before it. */
  readonly path: BytePath;
  readonly node: TreeNode;
  /** A folder, and all that is in it has come. */
  readonly isLeft: boolean;
}

/** What a walk asks, and tells. */
export interface WalkOptions {
  /** Whether to look into a folder. */
  enters(path: BytePath): boolean;
  /** A folder's list cannot be read: what is in it does not come. Default: the walk ends with this error. */
  unreadable?(path: BytePath, error: unknown): void;
}

/** The nodes of a folder. @throws {DuetError} `DUET_ERR_REPO_DAMAGED`, and those of the storage */
export async function loadTree(repository: Repository, id: string): Promise<TreeNode[]> {
  const nodes = decodeTree(await repository.loadBlob('tree', Buffer.from(id, 'hex')));
  if (nodes) return nodes;
  throw damaged('read the list of a folder', repository.storage.location, `the tree blob ${id.slice(0, 8)} is none that is understood here`);
}

/** All nodes of a folder and of those below it, in the order of the lists. */
export async function* walk(repository: Repository, nodes: readonly TreeNode[], options: WalkOptions, folder = '' as BytePath): AsyncGenerator<WalkedNode> {
  for (const node of nodes) {
    const path = `${folder}/${node.name}` as BytePath;
    yield { path, node, isLeft: false };
    if (node.type !== 'dir') continue;
    if (node.subtree !== undefined && options.enters(path)) {
      let inside: TreeNode[] = [];
      try {
        inside = await loadTree(repository, node.subtree);
      } catch (error) {
        if (!options.unreadable) throw error;
        options.unreadable(path, error);
      }
      yield* walk(repository, inside, options, path);
    }
    yield { path, node, isLeft: true };
  }
}

/**
 * What stands at a path of a snapshot: the nodes of a folder, or one node that is none.
 *
 * @throws {DuetError} `DUET_ERR_SNAPSHOT_UNKNOWN`, `DUET_ERR_REPO_DAMAGED`
 */
export async function findNodes(repository: Repository, snapshot: Snapshot, path: BytePath): Promise<{ nodes: readonly TreeNode[]; folder?: TreeNode }> {
  let nodes = await loadTree(repository, snapshot.tree);
  let folder: TreeNode | undefined;
  let at = '/' as BytePath;
  const names = path.split('/').filter((name) => name !== '');
  for (const [i, name] of names.entries()) {
    at = joinPath(at, name as BytePath);
    const node = nodes.find((one) => one.name === name);
    if (node && node.type !== 'dir' && i === names.length - 1) return { nodes: [node] };
    if (node?.subtree === undefined) {
      throw new DuetError('DUET_ERR_SNAPSHOT_UNKNOWN', { operation: 'find the path in the snapshot', message: `there is no ${toDisplay(at)} in the snapshot`, path: toDisplay(path) });
    }
    nodes = await loadTree(repository, node.subtree);
    folder = node;
  }
  return folder ? { nodes, folder } : { nodes };
}

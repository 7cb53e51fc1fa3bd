import { toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { IdSet } from '../repository/id-set.js';
import type { Repository } from '../repository/repository.js';
import type { StoredSnapshot } from '../repository/snapshot.js';
import { isDamage } from '../repository/storage-error.js';
import { loadTree } from '../repository/walk.js';
import type { TreeNode } from '../tree/node.js';

/** Hears what is wrong with which snapshot, at which path. */
export type TreeProblem = (snapshot: StoredSnapshot, path: BytePath, message: string) => void;

/**
 * Checks that snapshots are complete: each folder's list can be read, is in
 * order, and all of its files' chunks are in an index with the length that
 * the file has. Lists that several snapshots share are read once.
 */
export class TreeCheck {
  readonly #repository: Repository;
  readonly #problem: TreeProblem;
  readonly #signal: AbortSignal;
  readonly #checked = new IdSet();

  constructor(repository: Repository, problem: TreeProblem, signal: AbortSignal) {
    this.#repository = repository;
    this.#problem = problem;
    this.#signal = signal;
  }

  /** Number of lists that were read. */
  get trees(): number {
    return this.#checked.size;
  }

  check(snapshot: StoredSnapshot): Promise<void> {
    return this.#folder(snapshot, snapshot.tree, '/' as BytePath);
  }

  async #folder(snapshot: StoredSnapshot, tree: string, path: BytePath): Promise<void> {
    this.#signal.throwIfAborted();
    const id = Buffer.from(tree, 'hex');
    if (this.#checked.find(id) >= 0) return;
    this.#checked.add(id);
    let nodes: TreeNode[];
    try {
      nodes = await loadTree(this.#repository, tree);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#problem(snapshot, path, `the list of the folder cannot be read: ${error.message}`);
      return;
    }
    let before: BytePath | undefined;
    for (const node of nodes) {
      const below = (path === '/' ? `/${node.name}` : `${path}/${node.name}`) as BytePath;
      if (before !== undefined && before >= node.name) this.#problem(snapshot, below, `its name does not come after ${toDisplay(before)} in the list of the folder`);
      before = node.name;
      if (node.type === 'file') this.#file(snapshot, below, node);
      else if (node.type !== 'dir') continue;
      else if (node.subtree === undefined) this.#problem(snapshot, below, 'the folder has no list');
      else await this.#folder(snapshot, node.subtree, below);
    }
  }

  #file(snapshot: StoredSnapshot, path: BytePath, { content, size = 0 }: TreeNode): void {
    let bytes = 0;
    for (const id of content ?? []) {
      const chunkBytes = this.#repository.index.contentBytes('data', Buffer.from(id, 'hex'));
      if (chunkBytes === undefined) {
        this.#problem(snapshot, path, `its chunk ${id.slice(0, 8)} is in no index`);
        return;
      }
      bytes += chunkBytes;
    }
    if (bytes !== size) this.#problem(snapshot, path, `the file has ${size} bytes, its chunks have ${bytes}`);
  }
}

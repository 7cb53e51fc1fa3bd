import { mkdirSync } from 'node:fs';
import { DuetError, fromText, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { syncFileSystem } from '@duet/core/kernel/write';
import type { Repository } from '../repository/repository.js';
import { walk } from '../repository/walk.js';
import { PathPatterns } from '../select/path-patterns.js';
import type { TreeNode } from '../tree/node.js';
import { EntryRestorer } from './entry-restorer.js';
import type { RestoreReport } from './entry-restorer.js';
import { HardLinks } from './hard-links.js';
import { restoreError } from './restore-error.js';
import { TargetFolder } from './target-folder.js';

/** What of a snapshot to restore, by patterns of paths below the top of what is restored. */
export interface RestoreSelection {
  /** None: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** How much there is to restore, or was. */
export interface RestoreAmount {
  entries: number;
  bytes: number;
}

/** What came of a restore. */
export interface RestoreResult extends RestoreAmount {
  readonly problems: number;
  /** Entries that stay the property of the user who restored them. */
  readonly ownersKept: number;
}

/** Hears of a restore under way. */
export interface RestoreEvents {
  problem(path: BytePath, error: DuetError): void;
  progress(done: Readonly<RestoreAmount>, total: Readonly<RestoreAmount>): void;
}

/**
 * Restores nodes and all below them into a folder, which is made if it is not
 * there. What it resolves to is durable.
 *
 * Never writes outside of the target, whatever names the repository has and
 * whatever lies in the target. A file that cannot be restored as it was is a
 * problem, and the rest goes on.
 *
 * @throws {DuetError} `DUET_ERR_RESTORE_TARGET`, `DUET_ERR_PATH_DENIED`; the reason of `signal` when it aborts
 */
export async function restore(
  repository: Repository,
  top: { readonly nodes: readonly TreeNode[]; readonly folder?: TreeNode },
  target: string,
  selection: RestoreSelection,
  events: RestoreEvents,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const total = await measure(repository, top.nodes, selection, signal);
  const isNew = makeTarget(target);
  const root = Root.open(fromText(target));
  try {
    const restorer = new Restorer(repository, root.fd, selection, total, events, signal);
    await restorer.restoreAll(top.nodes);
    // A folder that was there is somebody's, and keeps its owner and permissions.
    if (isNew && top.folder) restorer.completeTarget(top.folder);
    const failed = syncFileSystem(root.fd);
    if (failed < 0) throw restoreError(root.path, 'make durable', failed);
    return restorer.result;
  } finally {
    root.close();
  }
}

async function measure(repository: Repository, nodes: readonly TreeNode[], selection: RestoreSelection, signal: AbortSignal): Promise<RestoreAmount> {
  const total = { entries: 0, bytes: 0 };
  const takes = selector(selection);
  const options = { enters: (path: BytePath) => !takes.isExcluded(path), unreadable: () => undefined };
  for await (const { path, node, isLeft } of walk(repository, nodes, options)) {
    signal.throwIfAborted();
    if (isLeft || !takes.isTaken(path)) continue;
    total.entries++;
    total.bytes += node.size ?? 0;
  }
  return total;
}

class Restorer {
  readonly #repository: Repository;
  readonly #takes: ReturnType<typeof selector>;
  readonly #total: RestoreAmount;
  readonly #events: RestoreEvents;
  readonly #signal: AbortSignal;
  readonly #entries: EntryRestorer;
  readonly #report: RestoreReport;
  readonly #done = { entries: 0, bytes: 0 };
  #folder: TargetFolder;
  #problems = 0;
  #ownersKept = 0;

  constructor(repository: Repository, target: number, selection: RestoreSelection, total: RestoreAmount, events: RestoreEvents, signal: AbortSignal) {
    this.#repository = repository;
    this.#takes = selector(selection);
    this.#total = total;
    this.#events = events;
    this.#signal = signal;
    this.#folder = TargetFolder.top(target);
    this.#report = {
      problem: (path, error) => this.#problem(path, error),
      ownerKept: () => void this.#ownersKept++,
      written: (bytes) => {
        this.#done.bytes += bytes;
        this.#tell();
      },
    };
    this.#entries = new EntryRestorer(repository, new HardLinks(target), this.#report, signal);
  }

  get result(): RestoreResult {
    return { ...this.#done, problems: this.#problems, ownersKept: this.#ownersKept };
  }

  async restoreAll(nodes: readonly TreeNode[]): Promise<void> {
    const options = {
      enters: (path: BytePath) => !this.#takes.isExcluded(path) && this.#folder.path === path,
      unreadable: (path: BytePath, error: unknown) => this.#problem(path, error),
    };
    try {
      for await (const { path, node, isLeft } of walk(this.#repository, nodes, options)) {
        this.#signal.throwIfAborted();
        if (isLeft) this.#leave(path);
        else await this.#take(path, node);
      }
    } finally {
      // After a failure: folders that are open still.
      while (this.#folder.parent) {
        this.#folder.close();
        this.#folder = this.#folder.parent;
      }
    }
  }

  completeTarget(node: TreeNode): void {
    this.#folder.complete(node, this.#report);
  }

  async #take(path: BytePath, node: TreeNode): Promise<void> {
    try {
      if (!isEntryName(node.name)) throw hostile(path);
      if (node.type === 'dir') {
        const folder = this.#folder.below(path, node);
        if (this.#takes.isTaken(path)) folder.open();
        this.#folder = folder;
      } else if (this.#takes.isTaken(path)) await this.#entries.restore(this.#folder.open(), path, node);
      else return;
    } catch (error) {
      this.#problem(path, error);
      return;
    }
    if (this.#takes.isTaken(path)) this.#done.entries++;
    this.#tell();
  }

  #leave(path: BytePath): void {
    if (this.#folder.path !== path || !this.#folder.parent) return;
    this.#folder.finish(this.#report);
    this.#folder = this.#folder.parent;
  }

  #problem(path: BytePath, error: unknown): void {
    if (!(error instanceof DuetError) || !PROBLEMS.has(error.code)) throw error;
    this.#problems++;
    this.#events.problem(path, error);
  }

  #tell(): void {
    this.#events.progress(this.#done, this.#total);
  }
}

/** Errors of one entry, after which the others can be restored. */
const PROBLEMS: ReadonlySet<string> = new Set(['DUET_ERR_RESTORE', 'DUET_ERR_REPO_DAMAGED']);

function selector({ include, exclude }: RestoreSelection): { isTaken(path: BytePath): boolean; isExcluded(path: BytePath): boolean } {
  const [included, excluded] = [new PathPatterns(include), new PathPatterns(exclude)];
  return {
    isTaken: (path) => !excluded.match(path) && (include.length === 0 || included.match(path)),
    isExcluded: (path) => excluded.match(path),
  };
}

/** Whether a name leads nowhere but to an entry of its folder. */
function isEntryName(name: BytePath): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

function hostile(path: BytePath): DuetError {
  return new DuetError('DUET_ERR_RESTORE', {
    operation: 'restore an entry',
    message: 'the name in the backup is none that a file can have, and was made to lead elsewhere',
    path: toDisplay(path),
    hint: 'somebody with the password wrote this: do not trust the backup',
  });
}

function makeTarget(target: string): boolean {
  try {
    // What it made first, or undefined.
    return mkdirSync(target, { recursive: true, mode: 0o700 }) !== undefined;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new DuetError('DUET_ERR_RESTORE_TARGET', { operation: 'make the target folder', message: `cannot make the folder: ${code}`, path: target, cause });
  }
}

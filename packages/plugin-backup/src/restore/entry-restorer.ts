import { randomBytes } from 'node:crypto';
import { ftruncateSync } from 'node:fs';
import type { BytePath } from '@duet/core';
import { close, ESTALE, FileType, Open, Stat } from '@duet/core/kernel/syscalls';
import { changeTimes, makeNode, makeSymlink, openName, removeEntry, renameEntry } from '@duet/core/kernel/write';
import { damaged } from '../repository/storage-error.js';
import type { Repository } from '../repository/repository.js';
import type { TreeNode } from '../tree/node.js';
import type { HardLinks } from './hard-links.js';
import { applyMetadata } from './metadata.js';
import type { MetadataReport } from './metadata.js';
import { restoreError, restoreFailure } from './restore-error.js';
import { writeSparse } from './sparse-file.js';

const { CREATE, EXCLUSIVE, WRITE } = { CREATE: 0o100, EXCLUSIVE: 0o200, WRITE: 0o1 };
const NODE_TYPES = { fifo: 0o010000, socket: 0o140000, dev: 0o060000, chardev: 0o020000 } as const;
const PRIVATE = 0o600;

/** Hears how far it is. */
export interface RestoreReport extends MetadataReport {
  written(bytes: number): void;
}

/**
 * Restores entries that are no folders. Each is made complete under a
 * temporary name first, and then takes the place of what has its name, unless
 * that is a folder.
 */
export class EntryRestorer {
  readonly #repository: Repository;
  readonly #links: HardLinks;
  readonly #report: RestoreReport;
  readonly #signal: AbortSignal;
  readonly #stat = new Stat();

  constructor(repository: Repository, links: HardLinks, report: RestoreReport, signal: AbortSignal) {
    this.#repository = repository;
    this.#links = links;
    this.#report = report;
    this.#signal = signal;
  }

  /** `dir` is the folder's descriptor. @throws {DuetError} `DUET_ERR_RESTORE`, `DUET_ERR_RESTORE_TARGET`, `DUET_ERR_REPO_DAMAGED` */
  async restore(dir: number, path: BytePath, node: TreeNode): Promise<void> {
    const temporary = `.duet-restore-${randomBytes(8).toString('hex')}` as BytePath;
    try {
      if (!this.#links.link(node, dir, temporary)) {
        if (node.type === 'file') await this.#file(dir, temporary, path, node);
        else this.#special(dir, temporary, path, node);
      }
      const failed = renameEntry(dir, temporary, node.name);
      if (failed < 0) throw restoreError(path, 'give its name to', failed);
    } finally {
      // Still there after a failure, and when both names are of one file already.
      removeEntry(dir, temporary);
    }
  }

  async #file(dir: number, temporary: BytePath, path: BytePath, node: TreeNode): Promise<void> {
    const fd = openName(dir, temporary, CREATE | EXCLUSIVE | WRITE | Open.NOFOLLOW | Open.CLOEXEC, PRIVATE);
    if (fd < 0) throw restoreError(path, 'make the file', fd);
    try {
      const bytes = await this.#content(fd, path, node);
      if (bytes !== (node.size ?? 0)) this.#report.problem(path, damaged('restore a file', this.#repository.storage.location, `the file has ${bytes} bytes in the backup, and not ${node.size ?? 0} as its folder says`));
      this.#complete(fd, dir, temporary, path, node);
    } finally {
      close(fd);
    }
  }

  async #content(fd: number, path: BytePath, { content = [] }: TreeNode): Promise<number> {
    let offset = 0;
    let next = this.#load(content[0]);
    for (let i = 0; i < content.length; i++) {
      const piece = (await next)!;
      next = this.#load(content[i + 1]);
      this.#signal.throwIfAborted();
      try {
        writeSparse(fd, piece, offset);
      } catch (error) {
        throw restoreFailure(path, 'write the file', error);
      }
      offset += piece.length;
      this.#report.written(piece.length);
    }
    try {
      ftruncateSync(fd, offset);
    } catch (error) {
      throw restoreFailure(path, 'write the file', error);
    }
    return offset;
  }

  /** Read while the one before is written. */
  #load(id: string | undefined): Promise<Buffer> | undefined {
    if (id === undefined) return undefined;
    const loading = this.#repository.loadBlob('data', Buffer.from(id, 'hex'));
    // Told to whoever awaits it; nobody does if the one before fails.
    loading.catch(() => undefined);
    return loading;
  }

  #special(dir: number, temporary: BytePath, path: BytePath, node: TreeNode): void {
    const failed =
      node.type === 'symlink'
        ? makeSymlink(dir, temporary, node.linkTarget ?? ('' as BytePath))
        : makeNode(dir, temporary, NODE_TYPES[node.type as keyof typeof NODE_TYPES] | PRIVATE, node.device ?? 0n);
    if (failed < 0) throw restoreError(path, `make the ${node.type}`, failed);
    const fd = openName(dir, temporary, Open.PATH | Open.NOFOLLOW | Open.CLOEXEC);
    if (fd < 0) throw restoreError(path, `open the ${node.type}`, fd);
    try {
      // Somebody who may write to the folder may have put another file in its place.
      const type = node.type === 'symlink' ? FileType.SYMLINK : NODE_TYPES[node.type as keyof typeof NODE_TYPES];
      if (this.#stat.read(fd) < 0 || (this.#stat.mode & FileType.MASK) !== type || this.#stat.nlink !== 1) throw restoreError(path, `make the ${node.type}`, ESTALE);
      this.#complete(fd, dir, temporary, path, node);
    } finally {
      close(fd);
    }
  }

  #complete(fd: number, dir: number, temporary: BytePath, path: BytePath, node: TreeNode): void {
    applyMetadata(fd, path, node, this.#report);
    const failed = changeTimes(dir, temporary, node.atimeNs, node.mtimeNs);
    if (failed < 0) this.#report.problem(path, restoreError(path, 'set the times', failed));
    this.#links.add(node, path, fd);
  }
}

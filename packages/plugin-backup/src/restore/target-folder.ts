import type { BytePath } from '@duet/core/model';
import { close, EEXIST, Open } from '@duet/core/kernel/syscalls';
import { changeTimesOf, makeFolder, openName } from '@duet/core/kernel/write';
import type { TreeNode } from '../tree/node.js';
import { applyMetadata } from './metadata.js';
import type { MetadataReport } from './metadata.js';
import { restoreError } from './restore-error.js';

const PRIVATE = 0o700;

/**
 * A folder below the target, made when the first thing in it is restored, and
 * closed to others until it is finished. It is opened by its name in the one
 * that it is in, through no symbolic link: whatever happens to paths meanwhile,
 * nothing is written outside of the target.
 */
export class TargetFolder {
  #fd: number | undefined;

  private constructor(
    /** From the top of the target. */
    readonly path: BytePath,
    readonly parent: TargetFolder | undefined,
    readonly node: TreeNode | undefined,
    fd?: number,
  ) {
    this.#fd = fd;
  }

  /** The target itself; `fd` stays the caller's. */
  static top(fd: number): TargetFolder {
    return new TargetFolder('' as BytePath, undefined, undefined, fd);
  }

  below(path: BytePath, node: TreeNode): TargetFolder {
    return new TargetFolder(path, this, node);
  }

  /** Its descriptor. @throws {DuetError} `DUET_ERR_RESTORE`, `DUET_ERR_RESTORE_TARGET` */
  open(): number {
    return (this.#fd ??= this.#make());
  }

  /** What is in it is complete. */
  finish(report: MetadataReport): void {
    if (this.#fd !== undefined && this.node) this.complete(this.node, report);
    this.close();
  }

  /** Gives it what `node` says, the times last. */
  complete(node: TreeNode, report: MetadataReport): void {
    const fd = this.open();
    applyMetadata(fd, this.path, node, report);
    const failed = changeTimesOf(fd, node.atimeNs, node.mtimeNs);
    if (failed < 0) report.problem(this.path, restoreError(this.path, 'set the times', failed));
  }

  close(): void {
    if (this.#fd !== undefined && this.parent) close(this.#fd);
    this.#fd = undefined;
  }

  #make(): number {
    const within = this.parent!.open();
    const { name } = this.node!;
    const failed = makeFolder(within, name, PRIVATE);
    if (failed < 0 && failed !== -EEXIST) throw restoreError(this.path, 'make the folder', failed);
    const fd = openName(within, name, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC);
    if (fd < 0) throw restoreError(this.path, 'open the folder', fd);
    return fd;
  }
}

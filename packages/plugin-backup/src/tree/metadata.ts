import type { BytePath } from '@duet/core/model';
import { errnoName, Stat, statDev } from '@duet/core/kernel/syscalls';
import { extendedAttributes, NO_ATTRIBUTES } from './extended-attributes.js';
import { goMode, nodeType } from './file-mode.js';
import type { NodeType } from './file-mode.js';
import { linkTarget } from './link-target.js';
import type { ExtendedAttribute, Metadata } from './node.js';
import { OwnerNames } from './owner-names.js';

/** Reads what is to be known of an entry beside its content. One serves one thread. */
export class MetadataReader {
  readonly #names = new OwnerNames();
  readonly #withAtime: boolean;

  /** `withAtime`: nodes have the time of the last access; else that of the last change takes its place, so that lists stay the same. */
  constructor(withAtime: boolean) {
    this.#withAtime = withAtime;
  }

  /**
   * Of the open file whose state is in `stat`; the descriptor may be one of
   * O_PATH (`isPath`). Undefined for what backups leave out: sockets. An errno name if it
   * can't be read.
   */
  read(fd: number, stat: Stat, isPath = true): Metadata | string | undefined {
    const type = nodeType(stat.mode);
    if (type === undefined || type === 'socket') return undefined;
    // As restic: those of links are left out.
    const attributes = type === 'symlink' ? NO_ATTRIBUTES : extendedAttributes(fd, isPath);
    if (typeof attributes === 'number') return errnoName(attributes);
    const target = type === 'symlink' ? linkTarget(fd) : undefined;
    return typeof target === 'number' ? errnoName(target) : this.#metadata(type, stat, attributes, target);
  }

  /** Of the regular file whose state is in `stat`, and that has no extended attributes. */
  ofBareFile(stat: Stat): Metadata {
    return this.#metadata('file', stat, NO_ATTRIBUTES, undefined);
  }

  #metadata(type: NodeType, stat: Stat, extendedAttributes: readonly ExtendedAttribute[], linkTarget: BytePath | undefined): Metadata {
    return {
      type,
      mode: goMode(stat.mode),
      mtimeNs: stat.mtimeNs,
      atimeNs: this.#withAtime ? stat.atimeNs : stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
      uid: stat.uid,
      gid: stat.gid,
      user: this.#names.user(stat.uid),
      group: this.#names.group(stat.gid),
      inode: stat.exactIno,
      deviceId: statDev(stat.dev),
      // All with the same members: many of them are made.
      links: type === 'dir' || type === 'fifo' ? undefined : stat.nlink,
      size: type === 'file' ? stat.size : undefined,
      linkTarget,
      device: type === 'dev' || type === 'chardev' ? statDev(stat.rdev) : undefined,
      extendedAttributes,
    };
  }
}


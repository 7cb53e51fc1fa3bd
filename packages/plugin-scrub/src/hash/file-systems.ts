import { directReadMethod } from '@duet/core/kernel/read';
import type { DirectReadMethod } from '@duet/core/kernel/read';
import { residencyKnown } from '@duet/core/kernel/probe';
import { FsMagic, fsMagic } from '@duet/core/kernel/syscalls';

/** What hashing has to know of the file system that a file is on. */
export interface FileSystemTraits {
  readonly directRead: DirectReadMethod;
  /** False where files live in memory only: what is read is all there is. */
  readonly hasDisk: boolean;
  /** Whether cachestat tells the truth. */
  readonly residencyKnown: boolean;
}

/** Looks file systems up once. */
export class FileSystems {
  readonly #known = new Map<number, FileSystemTraits>();

  /** Traits of the file system that an open file is on; `dev` is the file's `st_dev`. */
  of(fd: number, dev: number): FileSystemTraits {
    let traits = this.#known.get(dev);
    if (!traits) {
      const magic = fsMagic(fd);
      traits = { directRead: directReadMethod(magic), hasDisk: magic !== FsMagic.TMPFS, residencyKnown: residencyKnown(fd) };
      this.#known.set(dev, traits);
    }
    return traits;
  }
}

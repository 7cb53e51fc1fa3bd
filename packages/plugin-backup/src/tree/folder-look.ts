import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { openEntry } from '@duet/core/kernel/read';
import { close, CString, FileType, FolderEntries, Open, Stat } from '@duet/core/kernel/syscalls';
import { fromBytes, toBytes } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { hasSettled } from './bare-files.js';
import type { BareFiles } from './bare-files.js';
import { OwnerNames } from './owner-names.js';

/** States of entries that are hashed together. */
const ROWS = 256;

/** A folder as it is now. */
export interface SeenFolder {
  /** Of the names of all entries and the states that they have. */
  readonly hash: Hash;
  /** `st_dev` of it and all its entries, kernel encoding. */
  readonly dev: number;
  /** Names of those that are taken. */
  readonly subfolders: readonly BytePath[];
  /** Inode numbers of the regular files that are taken. */
  readonly files: readonly number[];
}

/** What a look works with. */
export interface FolderLookOptions {
  readonly bareFiles: Pick<BareFiles, 'keepsTrackIn'>;
  /** Stands for all else that lists depend on. */
  readonly seed: Uint8Array;
  /** Asked now and then while it looks at a large folder; false: it gives up. */
  readonly goesOn: () => boolean;
  readonly nowMs?: () => number;
}

/**
 * Looks at a folder as a whole, which takes a third of the time that its list
 * does: names and states are hashed as the kernel writes them. Two looks that
 * hash to the same are of the same list, but for what is in the subfolders and
 * for the content of files.
 */
export class FolderLook {
  readonly #options: FolderLookOptions;
  readonly #entries = new FolderEntries(64 * 1024, true);
  readonly #own = new Stat();
  readonly #stat = new Stat(ROWS);
  readonly #owners = new OwnerNames();
  readonly #dot = new CString();

  constructor(options: FolderLookOptions) {
    this.#options = options;
  }

  /** Looks at the folder that is open, of which names are taken for which `takes` says so, by default all. Undefined where its entries may change unseen, are mount points, or cannot be looked at. */
  look(folder: number, path: BytePath, takes?: (name: BytePath) => boolean): SeenFolder | undefined {
    // What reads it afterwards begins at its beginning.
    const fd = openEntry(folder, this.#dot.put('.' as BytePath), Open.DIRECTORY);
    if (fd < 0) return undefined;
    try {
      const own = this.#own;
      if (own.read(fd) < 0 || !this.#options.bareFiles.keepsTrackIn(fd, own)) return undefined;
      return this.#lookAt(fd, path, own.dev, own.mountId, takes);
    } finally {
      close(fd);
    }
  }

  #lookAt(fd: number, path: BytePath, dev: number, mountId: number, takes: ((name: BytePath) => boolean) | undefined): SeenFolder | undefined {
    const { seed, goesOn, nowMs = Date.now } = this.#options;
    const [entries, stat] = [this.#entries, this.#stat];
    const hash = createHash('sha256').update(seed).update(toBytes(path)).update('\0');
    const subfolders: BytePath[] = [];
    const files: number[] = [];
    let newestSeconds = -Infinity;
    let [uid, gid] = [-1, -1];
    let got: number;
    while ((got = entries.read(fd)) > 0) {
      if (!goesOn()) return undefined;
      hash.update(entries.raw);
      for (let i = 0, row = 0; i < entries.count; i++, row++) {
        if (row === ROWS) {
          hash.update(stat.lasting(ROWS));
          row = 0;
        }
        stat.row = row;
        if (stat.readAt(fd, entries.nameAddress(i)) < 0 || stat.dev !== dev || stat.mountId !== mountId) return undefined;
        newestSeconds = Math.max(newestSeconds, stat.ctimeSeconds);
        if (stat.uid !== uid || stat.gid !== gid) {
          [uid, gid] = [stat.uid, stat.gid];
          // Names may be given to others.
          hash.update(toBytes(this.#owners.user(uid))).update('\0').update(toBytes(this.#owners.group(gid))).update('\0');
        }
        const type = stat.mode & FileType.MASK;
        if (type === FileType.REGULAR) {
          if (takes === undefined || takes(fromBytes(entries.name(i)))) files.push(stat.ino);
        } else if (type === FileType.FOLDER) {
          const name = fromBytes(entries.name(i));
          if (takes === undefined || takes(name)) subfolders.push(name);
        }
        if (i === entries.count - 1) hash.update(stat.lasting(row + 1));
      }
    }
    const isSettled = newestSeconds === -Infinity || hasSettled(BigInt(newestSeconds + 1) * 1_000_000_000n, nowMs());
    return got < 0 || !isSettled ? undefined : { hash, dev, subfolders, files };
  }
}

import type { BytePath } from './byte-path.js';

/** An inode of one superblock, as the kernel's file handles name it. */
export interface Inode {
  readonly ino: number;
  /** Generation, as in a `FileId`. */
  readonly gen: number;
  /** btrfs subvolume, as in `ScannedFs`; 0 elsewhere. */
  readonly subvolume: number;
}

/** A name of a file or folder: the folder that it stands in, and the last part of the path. */
export interface FolderEntry {
  readonly folder: Inode;
  readonly name: BytePath;
}

/**
 * A change of names on one file system: `to` alone is a name made (a new file,
 * a further link), `from` alone a name removed, both a rename. What was named
 * `to` before a rename has lost that name without an event of its own.
 */
export interface NameEvent {
  /** Superblock's number, kernel encoding. */
  readonly dev: number;
  readonly isFolder: boolean;
  readonly target: Inode;
  readonly from?: FolderEntry;
  readonly to?: FolderEntry;
  /**
   * Whether `to` still names the target must be looked for: the kernel merges
   * events that wait, and forgets in which order they happened. Comes instead
   * of such an event or, once all are read, after it.
   */
  readonly unsure?: boolean;
}

/** Takes changes of names, in the order in which they happened on each file system. */
export interface NameSink {
  named(event: NameEvent): void;
  /** Changes of names were lost: scan again. */
  namesLost(dev: number): void;
}

/**
 * Where changes of names come from. All calls are synchronous and none waits
 * for the kernel.
 */
export interface NameSource {
  /**
   * Also report changes of names of that file system from now on, seen through
   * any of its mounts. False if it can't be done here: then only a scan finds
   * new names.
   */
  follow(fs: { readonly dev: number; readonly fsType: string; readonly mountPoint: BytePath }): boolean;
  /** No longer; nothing if it is not followed. */
  unfollow(dev: number): void;
  /** Hands the changes that are waiting to `sink`; true if it was so many that others, or doubts, may be left. */
  drain(sink: NameSink): boolean;
  /** Descriptors that are readable while changes wait; another array once they are others. */
  readonly descriptors?: readonly number[];
  /** Removes all that it set up. Safe to call twice. */
  stop(): void;
}

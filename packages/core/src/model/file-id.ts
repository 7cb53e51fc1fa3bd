/**
 * Names a file across renames, and not its successor in a reused inode.
 *
 * `fs` is stable across mounts and restarts: the file system's UUID, with the
 * subvolume's number appended on btrfs (`uuid/256`). `ino` is below 2^53.
 * `gen` is the inode generation (32 bits).
 */
export interface FileId {
  readonly fs: string;
  readonly ino: number;
  readonly gen: number;
}

/** The same identity as one string: `fs:ino:gen`. */
export function fileIdKey(id: FileId): string {
  return `${id.fs}:${id.ino}:${id.gen}`;
}

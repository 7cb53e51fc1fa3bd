/** Kinds of files in a repository; all but the config are named by an id. */
export type FileKind = 'config' | 'key' | 'lock' | 'snapshot' | 'index' | 'pack';

/** A piece of a file. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the files of a repository are kept: a local folder; room is left for
 * object stores and servers. Files are never changed, only written once, read
 * and removed.
 *
 * All methods reject with a `DuetError`: `DUET_ERR_REPO_DENIED`,
 * `DUET_ERR_REPO_FULL`, `DUET_ERR_REPO_IO`.
 */
export interface Storage {
  /** For people. */
  readonly location: string;
  /** Names of all files of a kind; others that lie there are passed over. */
  list(kind: FileKind): Promise<string[]>;
  /** Length of a file in bytes. Rejects as `read` does. */
  size(kind: FileKind, name: string): Promise<number>;
  /** A file, or a piece of it, of its full length. Rejects with `DUET_ERR_REPO_DAMAGED` if the file is missing (the cause is ENOENT) or too short. */
  read(kind: FileKind, name: string, range?: Range): Promise<Buffer>;
  /** Writes a file, durable when it resolves, and as a whole or not at all. */
  write(kind: FileKind, name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file, if it is there. */
  remove(kind: FileKind, name: string): Promise<void>;
}

import type { BytePath } from './byte-path.js';
import type { FileId } from './file-id.js';

/** Size and times of a file when it was looked at. */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Nanoseconds since 1970. */
  readonly ctimeNs: bigint;
}

/** A file as tasks see it: its identity, one of its names, and its size and times when it was last looked at. */
export interface FileRef extends FileStat {
  readonly id: FileId;
  /** Dense number of the file in the state database, stable as long as the database lives; 0 without one. */
  readonly no: number;
  /** `st_dev` in the kernel's encoding, as long as the file system stays mounted: with the inode number it tells whether an opened file is this one. */
  readonly dev: number;
  /** Relative to the session's path; '' if the path is the file itself or the name is not known. */
  readonly path: BytePath;
}

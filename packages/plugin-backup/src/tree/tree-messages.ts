import type { BytePath, FileStat } from '@duet/core/model';
import type { ContentEntries } from '../content/content-entries.js';
import type { ErrorParts } from '../pipeline/thread-messages.js';

/** A regular file that a walk met, about whose content it asks. */
export interface MetFile extends FileStat {
  /** Relative to the root. */
  readonly path: BytePath;
  readonly ino: number;
  /** `st_dev`, kernel encoding. */
  readonly statDev: number;
}

/**
 * What is known of a file: the chunks of its content, and size and times of the
 * version that was read; `bare`: of this very version, which has no extended
 * attributes; or that it is to be read now, or left out.
 */
export type KnownContent =
  | ({ readonly use: 'content'; readonly entries: ContentEntries } & FileStat)
  | { readonly use: 'bare'; readonly entries: ContentEntries }
  | { readonly use: 'read' }
  | { readonly use: 'omit' };

/** Who knows what is known of files. */
export interface FileKnowledge {
  /** What is known of each of the files. */
  contentsOf(files: readonly MetFile[]): readonly KnownContent[];
  /** Takes down that files, in these versions, have no extended attributes. */
  bare(files: readonly MetFile[]): void;
}

/** Something wrong with an entry, which is left out of the tree. */
export interface TreeProblem {
  readonly path: BytePath;
  readonly error: ErrorParts;
}

/** What a walk took down. */
export interface SavedTree {
  /** Id of the list at the top, in hex. */
  readonly id: string;
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly TreeProblem[];
  /** Records of `KnownLists`, for the next walk. */
  readonly lists?: Uint8Array | undefined;
}

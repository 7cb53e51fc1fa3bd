import type { Root } from '@duet/core/kernel/read';
import type { BytePath } from '@duet/core/model';

/** Options that say what is left out. */
export interface SelectionOptions {
  readonly exclude: readonly string[];
}

/** What a backup takes and what it leaves out: the same for files that are to be read and for the folders' lists. */
export class Selection {
  constructor(_root: Root, _options: SelectionOptions) {}

  /** Whether the entry at `path`, relative to the root, is in the backup, by its name and device alone. */
  takes(_path: BytePath, _isFolder: boolean, _dev: number): boolean {
    return true;
  }

  entersFolder(_path: BytePath): boolean {
    return true;
  }

  /** Whether a file is in the backup: itself and the folders on the way to it. */
  takesFile(_path: BytePath, _dev: number): boolean {
    return true;
  }
}

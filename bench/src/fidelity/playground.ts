import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { command, requireTools } from '../lab/command.js';
import { Lab } from '../lab/lab.js';
import type { FsType } from '../lab/lab.js';
import { readHistory } from './history-files.js';

const DISK_BYTES = 8 * 2 ** 30;
/** Large sparse files: their pages cost no I/O. */
const SHARED_BYTES = 96 << 20;

/** A file system of one's own with the folders of a run: `watched` and what is below it, and `outside`. */
export class Playground {
  readonly lab: Lab;
  readonly root: string;
  /** Folders that the workload fills: below the watched path, and not. */
  readonly watched: readonly string[];
  readonly outside: readonly string[];
  readonly shared: readonly string[];
  readonly #scratch: string;
  readonly #histories: string[] = [];

  constructor(fs: FsType) {
    if (fs === 'btrfs') requireTools('btrfs');
    this.lab = new Lab({ fs, sizeBytes: DISK_BYTES });
    this.root = join(this.lab.path, 'watched');
    const [one, two] = [join(this.root, 'one'), join(this.root, 'two')];
    this.watched = [this.root, one, join(one, 'deep'), two];
    this.outside = [join(this.lab.path, 'outside'), join(this.lab.path, 'outside', 'far')];
    this.shared = [join(this.root, 'big-0'), join(one, 'big-1')];
    this.#scratch = this.lab.scratch();
    for (const folder of [...this.watched, ...this.outside]) {
      // Two subvolumes count their inodes from the same number.
      if (fs === 'btrfs' && (folder === one || folder === two)) command('btrfs', ['-q', 'subvolume', 'create', folder]);
      else mkdirSync(folder);
    }
    for (const path of this.shared) {
      const fd = openSync(path, 'wx');
      ftruncateSync(fd, SHARED_BYTES);
      closeSync(fd);
    }
  }

  /** Paths for sessions: the whole first. */
  get sessionPaths(): readonly string[] {
    return [this.root, ...this.watched.slice(1), this.shared[0], this.lab.path];
  }

  /** Where a process of the workload writes down what it does. */
  newHistory(worker: number): string {
    const file = join(this.#scratch, `history-${worker}`);
    this.#histories.push(file);
    return file;
  }

  /** What all of them did, in the order of time. */
  history(): string[] {
    return readHistory(this.#histories);
  }

  /** Makes durable all that was written. */
  sync(): void {
    command('sync', ['-f', this.lab.path]);
  }
}

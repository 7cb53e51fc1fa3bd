import { hash } from 'node:crypto';
import { EMPTY, IdTable, longer, toBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import type { Root } from '@duet/core/kernel/read';
import type { Repository } from '../repository/repository.js';
import type { StoredSnapshot } from '../repository/snapshot.js';
import { findNodes, walk } from '../repository/walk.js';
import { ENTRY_BYTES, entryOf } from './content-entries.js';
import type { FileContent } from './content-book.js';
import type { TreeNode } from '../tree/node.js';

/** A file as it was when the snapshot was made. */
export interface ParentFile extends FileContent {
  readonly ino: number;
}

/** Paths are told apart by 64 bits of a hash. */
const KEY_WORDS = 2;

/**
 * The files of an earlier snapshot, by path: some 60 bytes a file, and 36 a
 * chunk. Also of snapshots that restic made.
 */
export class ParentFiles {
  #keys = new Uint32Array(64 * KEY_WORDS);
  /** Inode number, size, and where the entries are: first one and number. */
  #numbers = new Float64Array(64 * 4);
  /** mtime and ctime. */
  #times = new BigInt64Array(64 * 2);
  #entries = Buffer.alloc(64 * ENTRY_BYTES);
  #entryCount = 0;
  #size = 0;
  readonly #table = new IdTable((row) => this.#keys[row * KEY_WORDS]);

  /**
   * The files of a root in the snapshot whose content the index has; those of
   * folders that cannot be read are not among them.
   *
   * @throws {DuetError} `DUET_ERR_SNAPSHOT_UNKNOWN`, `DUET_ERR_REPO_DAMAGED`, and those of the storage
   */
  static async load(repository: Repository, snapshot: StoredSnapshot, { path, isFolder }: Pick<Root, 'path' | 'isFolder'>): Promise<ParentFiles> {
    const files = new ParentFiles();
    const { nodes } = await findNodes(repository, snapshot, path);
    for await (const { path: below, node, isLeft } of walk(repository, nodes, { enters: () => true, unreadable: () => undefined })) {
      if (node.type === 'file' && !isLeft) files.#add(repository, (isFolder ? below.slice(1) : '') as BytePath, node);
    }
    return files;
  }

  get(path: BytePath): ParentFile | undefined {
    const [first, second] = keyOf(path);
    for (let at = this.#table.home(first); this.#table.ids[at] !== EMPTY; at = this.#table.after(at)) {
      const row = this.#table.ids[at];
      if (this.#keys[row * KEY_WORDS] === first && this.#keys[row * KEY_WORDS + 1] === second) return this.#row(row);
    }
    return undefined;
  }

  #row(row: number): ParentFile {
    const [ino, size, first, count] = this.#numbers.subarray(row * 4, row * 4 + 4);
    const entries = this.#entries.subarray(first * ENTRY_BYTES, (first + count) * ENTRY_BYTES);
    return { ino, size, mtimeNs: this.#times[row * 2], ctimeNs: this.#times[row * 2 + 1], isWhole: true, isBare: false, entries };
  }

  #add(repository: Repository, path: BytePath, { inode, size = 0, mtimeNs, ctimeNs, content = [] }: TreeNode): void {
    const entries: Buffer[] = [];
    for (const name of content) {
      const id = Buffer.from(name, 'hex');
      const bytes = repository.index.contentBytes('data', id);
      if (bytes === undefined) return;
      entries.push(entryOf(id, bytes));
    }
    const row = this.#size++;
    if (row * KEY_WORDS === this.#keys.length) {
      const rows = Math.ceil(row * 1.5);
      this.#keys = longer(this.#keys, rows * KEY_WORDS);
      this.#numbers = longer(this.#numbers, rows * 4);
      this.#times = longer(this.#times, rows * 2);
    }
    this.#keys.set(keyOf(path), row * KEY_WORDS);
    this.#numbers.set([Number(inode), size, this.#entryCount, entries.length], row * 4);
    this.#times.set([mtimeNs, ctimeNs], row * 2);
    this.#putEntries(entries);
    this.#table.add(row);
  }

  #putEntries(entries: readonly Buffer[]): void {
    const end = (this.#entryCount + entries.length) * ENTRY_BYTES;
    if (end > this.#entries.length) {
      const grown = Buffer.allocUnsafeSlow(Math.ceil(end * 1.5));
      grown.set(this.#entries);
      this.#entries = grown;
    }
    for (const entry of entries) this.#entries.set(entry, this.#entryCount++ * ENTRY_BYTES);
  }
}

function keyOf(path: BytePath): [number, number] {
  const digest = hash('sha256', toBytes(path), 'buffer');
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

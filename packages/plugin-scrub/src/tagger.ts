import type { BytePath, Logger } from '@duet/core';
import type { HashPool } from './hash/hash-pool.js';
import type { HashedFile } from './hash/hash-job.js';
import { shatagDigest } from './hash/shatag.js';
import { hex, sameDigest, sameState } from './record/record.js';
import type { FileState } from './record/record.js';
import type { RecordBook } from './record/record-book.js';

/** Keeps the attributes of cshatag up to date, and the records with them: writing an attribute moves ctime. */
export class Tagger {
  readonly #pool: HashPool;
  readonly #book: RecordBook;
  readonly #log: Logger;
  #refused = 0;
  #reason = '';

  constructor(pool: HashPool, book: RecordBook, log: Logger) {
    this.#pool = pool;
    this.#book = book;
    this.#log = log;
  }

  /**
   * Writes the attributes of a file, `path` relative to the pool's root, if
   * they are absent or outdated. The state of the file afterwards.
   */
  async update(no: number, ino: number, path: BytePath, { state, whole, attributes }: HashedFile): Promise<FileState> {
    if (!whole || sameDigest(shatagDigest(attributes, state.mtimeNs), whole)) return state;
    const result = await this.#pool.tag({ path, ino, state, sha256: hex(whole) });
    if ('errno' in result) {
      // Changed or gone meanwhile: it comes again.
      if (result.errno === 'ESTALE') return state;
      this.#refused++;
      this.#reason ||= result.errno;
      return state;
    }
    const record = this.#book.get(no);
    if (record && sameState(record, state)) this.#book.put(no, { ...record, ctimeNs: result.state.ctimeNs });
    return result.state;
  }

  /** Says once how many files took no attributes. */
  close(): void {
    if (this.#refused === 0) return;
    this.#log.warn(`the attributes user.shatag.* could not be written to ${this.#refused} files (${this.#reason} for the first): the file system is read-only or has no user attributes, or they belong to another user`);
  }
}

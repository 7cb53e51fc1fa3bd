import type { FileStat, PluginState } from '@duet/core';
import { ENTRY_BYTES, entryCount, NO_ENTRIES } from './content-entries.js';
import type { ContentEntries } from './content-entries.js';
import { RecordPages } from './record-pages.js';

/** What was saved of a file's content, and of which version of it. */
export interface FileContent extends FileStat {
  /** Whether the entries are all of it, and of one version; else it is in work, or changed while it was read. */
  readonly isWhole: boolean;
  /** Whether it is known that the file has no extended attributes in this version. */
  readonly isBare: boolean;
  readonly entries: ContentEntries;
}

/** What the first byte says: the content is whole; the file has no attributes of those that an administrator sees, or of those that others see: not the trusted ones. */
const Flag = { WHOLE: 1, BARE: 2, BARE_TO_OTHERS: 4 } as const;

const HEADER_BYTES = 1 + 8 + 8 + 8 + 4;
/** Entries that stand with the record; more are in runs of their own, so that a long list grows without being written anew each time. */
const WITH_RECORD = 16;
const RUN_ENTRIES = 256;

/**
 * The contents of all files that a task saved, in the plugin's state, by file
 * number.
 *
 * Keys: `p/<scope>/<page>` for pages of records, `r/<scope>/<no>/<run>` for
 * runs of entries; numbers in base 36. A scope is one task on one repository.
 */
export class ContentBook {
  readonly #state: PluginState;
  readonly #scope: string;
  readonly #records: RecordPages;
  readonly #isAdmin: boolean;

  /** `isAdmin`: whether this process sees all attributes that files have. */
  constructor(state: PluginState, scope: string, isAdmin: boolean) {
    this.#state = state;
    this.#scope = scope;
    this.#isAdmin = isAdmin;
    this.#records = new RecordPages(state, `p/${scope}/`);
  }

  /** Whether no file is in it. */
  get isEmpty(): boolean {
    return this.#records.isEmpty;
  }

  get(no: number): FileContent | undefined {
    const record = this.#records.get(no);
    if (record === undefined) return undefined;
    const flags = record[0];
    const count = countOf(record);
    return {
      isWhole: (flags & Flag.WHOLE) !== 0,
      // Who sees all of them speaks for the others too.
      isBare: (flags & (this.#isAdmin ? Flag.BARE : Flag.BARE | Flag.BARE_TO_OTHERS)) !== 0,
      size: record.readDoubleLE(1),
      mtimeNs: record.readBigInt64LE(9),
      ctimeNs: record.readBigInt64LE(17),
      entries: count <= WITH_RECORD ? record.subarray(HEADER_BYTES) : this.#runs(no, count),
    };
  }

  /** Keeps what was saved of a file, once `save` is called; the first `unchanged` entries are known to be as they are kept already. */
  put(no: number, content: FileContent, unchanged = 0): void {
    const count = entryCount(content.entries);
    this.#dropRuns(no, count <= WITH_RECORD ? 0 : runsOf(count));
    this.#records.put(no, this.#encode(content, count));
    if (count <= WITH_RECORD) return;
    for (let run = unchanged <= WITH_RECORD ? 0 : Math.floor(unchanged / RUN_ENTRIES); run < runsOf(count); run++) {
      this.#state.set(this.#runKey(no, run), content.entries.subarray(run * RUN_ENTRIES * ENTRY_BYTES, (run + 1) * RUN_ENTRIES * ENTRY_BYTES));
    }
  }

  /** Forgets the file, once `save` is called. */
  remove(no: number): void {
    this.#dropRuns(no, 0);
    this.#records.remove(no);
  }

  /** Hands to the state what was put and removed. */
  save(): void {
    this.#records.save();
  }

  /** Numbers of all files that were saved. */
  numbers(): IterableIterator<number> {
    return this.#records.numbers();
  }

  /** Forgets runs of a longer list, from number `first` on. */
  #dropRuns(no: number, first: number): void {
    const record = this.#records.get(no);
    const count = record === undefined ? 0 : countOf(record);
    for (let run = first; count > WITH_RECORD && run < runsOf(count); run++) this.#state.delete(this.#runKey(no, run));
  }

  #encode({ isWhole, isBare, size, mtimeNs, ctimeNs, entries }: FileContent, count: number): Buffer {
    const kept = count <= WITH_RECORD ? entries : NO_ENTRIES;
    const record = Buffer.allocUnsafe(HEADER_BYTES + kept.length);
    record.writeUInt8((isWhole ? Flag.WHOLE : 0) | (isBare ? (this.#isAdmin ? Flag.BARE : Flag.BARE_TO_OTHERS) : 0), 0);
    record.writeDoubleLE(size, 1);
    record.writeBigInt64LE(mtimeNs, 9);
    record.writeBigInt64LE(ctimeNs, 17);
    record.writeUInt32LE(count, 25);
    record.set(kept, HEADER_BYTES);
    return record;
  }

  #runs(no: number, count: number): ContentEntries {
    const runs: Uint8Array[] = [];
    for (let run = 0; run < runsOf(count); run++) runs.push(this.#state.get(this.#runKey(no, run)) ?? NO_ENTRIES);
    return Buffer.concat(runs).subarray(0, count * ENTRY_BYTES);
  }

  #runKey(no: number, run: number): string {
    return `r/${this.#scope}/${digits(no, 7)}/${digits(run, 6)}`;
  }
}

function runsOf(count: number): number {
  return Math.ceil(count / RUN_ENTRIES);
}

/** Entries that a file has, by its record. */
function countOf(record: Buffer): number {
  return record.readUInt32LE(25);
}

/** Base 36 with leading zeros: keys sort as numbers do, so that new ones go to the end of the database's tree. */
function digits(number: number, width: number): string {
  return number.toString(36).padStart(width, '0');
}

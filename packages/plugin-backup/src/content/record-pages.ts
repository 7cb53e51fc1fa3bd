import type { PluginState } from '@duet/core';

/** Files that one value of the state has the records of: some kilobytes, as much as the database writes at once anyway. */
const PAGE_FILES = 32;
/** Pages that are remembered: files come by folders, and more or less in the order of their numbers. */
const REMEMBERED = 64;
/** Before each record: which file of the page, and bytes. */
const RECORD_HEADER_BYTES = 1 + 4;

/** Records of a page, by file; undefined: none. */
type Page = (Buffer | undefined)[];

/**
 * Records of files in a plugin's state, by file number: a page of neighbours
 * under each key, for a statement of the database costs more than a record.
 *
 * What is put and removed is in the state once `save` was called.
 */
export class RecordPages {
  readonly #state: PluginState;
  readonly #prefix: string;
  readonly #remembered = new Map<number, Page>();
  readonly #changed = new Map<number, Page>();

  /** Keys are `prefix`, and the number of the page in base 36. */
  constructor(state: PluginState, prefix: string) {
    this.#state = state;
    this.#prefix = prefix;
  }

  /** Whether none was saved. */
  get isEmpty(): boolean {
    return this.#state.entries(this.#prefix).next().done === true;
  }

  get(no: number): Buffer | undefined {
    return this.#page(pageOf(no))[no % PAGE_FILES];
  }

  put(no: number, record: Buffer): void {
    this.#change(no, record);
  }

  remove(no: number): void {
    this.#change(no, undefined);
  }

  /** Numbers of all files that have a record, of which all were saved. */
  *numbers(): IterableIterator<number> {
    for (const [key, value] of this.#state.entries(this.#prefix)) {
      const first = Number.parseInt(key.slice(this.#prefix.length), 36) * PAGE_FILES;
      const bytes = bytesOf(value);
      for (let at = 0; at < bytes.length; at = afterRecord(bytes, at)) yield first + bytes[at];
    }
  }

  /** Hands to the state what was put and removed. */
  save(): void {
    for (const [page, records] of this.#changed) {
      if (records.some((record) => record !== undefined)) this.#state.set(this.#keyOf(page), encode(records));
      else this.#state.delete(this.#keyOf(page));
      this.#remember(page, records);
    }
    this.#changed.clear();
  }

  #change(no: number, record: Buffer | undefined): void {
    const page = pageOf(no);
    const records = this.#page(page);
    records[no % PAGE_FILES] = record;
    this.#changed.set(page, records);
  }

  #page(page: number): Page {
    let records = this.#changed.get(page) ?? this.#remembered.get(page);
    if (records === undefined) {
      const value = this.#state.get(this.#keyOf(page));
      records = value === undefined ? [] : decode(value);
      this.#remember(page, records);
    }
    return records;
  }

  #remember(page: number, records: Page): void {
    this.#remembered.set(page, records);
    if (this.#remembered.size <= REMEMBERED) return;
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      break;
    }
  }

  /** With leading zeros: keys sort as numbers do, so that new ones go to the end of the database's tree. */
  #keyOf(page: number): string {
    return this.#prefix + page.toString(36).padStart(6, '0');
  }
}

function pageOf(no: number): number {
  return Math.floor(no / PAGE_FILES);
}

function encode(page: Page): Buffer {
  const bytes = Buffer.allocUnsafe(page.reduce((sum, record) => sum + (record === undefined ? 0 : RECORD_HEADER_BYTES + record.length), 0));
  let at = 0;
  for (const [i, record] of page.entries()) {
    if (record === undefined) continue;
    at = bytes.writeUInt8(i, at);
    at = bytes.writeUInt32LE(record.length, at);
    bytes.set(record, at);
    at += record.length;
  }
  return bytes;
}

function decode(value: Uint8Array): Page {
  const bytes = bytesOf(value);
  const page: Page = [];
  for (let at = 0; at < bytes.length; ) {
    const end = afterRecord(bytes, at);
    page[bytes[at]] = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    at = end;
  }
  return page;
}

function bytesOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Where the record ends whose header is at `at`. */
function afterRecord(bytes: Buffer, at: number): number {
  return at + RECORD_HEADER_BYTES + bytes.readUInt32LE(at + 1);
}

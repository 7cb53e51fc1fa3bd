import { DoneBitmap } from '@duet/core';
import type { PluginState } from '@duet/core';
import { decodeRecord, encodeRecord } from './record-codec.js';
import { decodeRun, encodeRun, SEGMENTS_IN_RUN } from './segment-codec.js';
import { segmentsOf } from './record.js';
import type { ScrubRecord, SegmentRecord } from './record.js';

/** Records in one page: they are looked through page by page, so that the event loop is never held up for long. */
const PAGE_RECORDS = 1024;
const LAST_PAGE = 'last-page';

/**
 * The records of all files, in the plugin's state, by file number.
 *
 * Keys: `f/<page>/<no>` for records, `s/<no>/<run>` for the segments of large
 * files, `last-page`; numbers in base 36.
 */
export class RecordBook {
  readonly #state: PluginState;
  #lastPage: number;
  /** The last page there was at first, and what was put behind it since: a first pass looks nothing up. */
  readonly #lastPageBefore: number;
  readonly #put = new DoneBitmap();

  constructor(state: PluginState) {
    this.#state = state;
    const last = state.get(LAST_PAGE);
    this.#lastPage = last === undefined ? -1 : Number.parseInt(Buffer.from(last).toString('latin1'), 36);
    this.#lastPageBefore = this.#lastPage;
  }

  /** Whether no file was ever recorded. */
  get empty(): boolean {
    return this.#lastPage < 0;
  }

  /** @throws {DuetError} `DUET_ERR_STATE_CORRUPT` */
  get(no: number): ScrubRecord | undefined {
    if (Math.floor(no / PAGE_RECORDS) > this.#lastPageBefore && !this.#put.has(no)) return undefined;
    const bytes = this.#state.get(recordKey(no));
    return bytes === undefined ? undefined : decodeRecord(bytes);
  }

  put(no: number, record: ScrubRecord): void {
    const page = Math.floor(no / PAGE_RECORDS);
    if (page > this.#lastPage) {
      this.#lastPage = page;
      this.#state.set(LAST_PAGE, Buffer.from(page.toString(36)));
    }
    this.#put.set(no);
    this.#state.set(recordKey(no), encodeRecord(record));
  }

  /** Forgets the file, with all its segments. */
  remove(no: number, record: ScrubRecord): void {
    this.dropSegments(no, record.size);
    this.#state.delete(recordKey(no));
  }

  segment(no: number, index: number): SegmentRecord | undefined {
    return this.#run(no, Math.floor(index / SEGMENTS_IN_RUN))[index % SEGMENTS_IN_RUN];
  }

  /** Keeps neighbouring segments, the first of which is number `first`. */
  putSegments(no: number, first: number, segments: readonly SegmentRecord[]): void {
    for (let done = 0; done < segments.length; ) {
      const index = first + done;
      const run = this.#run(no, Math.floor(index / SEGMENTS_IN_RUN));
      const start = index % SEGMENTS_IN_RUN;
      const part = segments.slice(done, done + SEGMENTS_IN_RUN - start);
      part.forEach((segment, i) => (run[start + i] = segment));
      this.#state.set(runKey(no, Math.floor(index / SEGMENTS_IN_RUN)), encodeRun(Array.from(run)));
      done += part.length;
    }
  }

  /** Forgets the segments of a file that had `size` bytes. */
  dropSegments(no: number, size: number): void {
    const runs = Math.ceil(segmentsOf(size) / SEGMENTS_IN_RUN);
    for (let i = 0; i < runs; i++) this.#state.delete(runKey(no, i));
  }


  /** When the piece of the file that was not verified for the longest time was verified, in milliseconds since 1970; 0: never. */
  verifiedAtMs(no: number, record: ScrubRecord): number {
    if (record.imported) return 0;
    const segments = this.#segments(no, record.size);
    if (segments.length === 0) return record.verifiedAtMs;
    return segments.reduce((oldest, segment) => Math.min(oldest, segment?.verifiedAtMs ?? 0), Infinity);
  }

  /** All records, a page at a time, as bytes for `decodeRecord` and `pathOfRecord`. Pages are whole: the book may be changed between two. */
  *pages(): IterableIterator<[no: number, record: Uint8Array][]> {
    for (let page = 0; page <= this.#lastPage; page++) {
      const prefix = pageKey(page);
      const rows: [number, Uint8Array][] = [];
      for (const [key, bytes] of this.#state.entries(prefix)) rows.push([Number.parseInt(key.slice(prefix.length), 36), bytes]);
      if (rows.length > 0) yield rows;
    }
  }

  #segments(no: number, size: number): (SegmentRecord | undefined)[] {
    const count = segmentsOf(size);
    const segments: (SegmentRecord | undefined)[] = [];
    for (let i = 0; i * SEGMENTS_IN_RUN < count; i++) {
      const run = this.#run(no, i);
      run.length = Math.min(SEGMENTS_IN_RUN, count - i * SEGMENTS_IN_RUN);
      segments.push(...Array.from(run));
    }
    return segments;
  }

  #run(no: number, run: number): (SegmentRecord | undefined)[] {
    const bytes = this.#state.get(runKey(no, run));
    return bytes === undefined ? [] : decodeRun(bytes);
  }
}

/** Base 36 with leading zeros: keys sort as numbers do, so that new ones go to the end of the database's tree. */
function digits(number: number, width: number): string {
  return number.toString(36).padStart(width, '0');
}

function pageKey(page: number): string {
  return `f/${digits(page, 5)}/`;
}

function recordKey(no: number): string {
  return pageKey(Math.floor(no / PAGE_RECORDS)) + digits(no, 7);
}

function runKey(no: number, run: number): string {
  return `s/${digits(no, 7)}/${digits(run, 6)}`;
}

import type { PageSink } from '../../model/page-sink.js';

/** Reads one sub-buffer into `slot`; gives its bytes, 0 if nothing is waiting. */
export type ReadSubBuffer = (slot: Uint8Array) => number;

/** Takes a record: `at` is where its data starts in `words`, in 32-bit words. */
export interface RecordDecoder {
  decode(words: Uint32Array, at: number, timeNs: number, sink: PageSink): void;
  /** Records are missing here. */
  reset(): void;
}

/** Bits of the page header's commit word. */
const MISSED_EVENTS = 0x8000_0000;
const MISSED_STORED = 0x4000_0000;
const COMMIT_MASK = 0x000f_ffff;

/** Kinds of record headers (`events/header_event`); below them stand data lengths in words. */
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;

const TWO_27 = 2 ** 27;
const TWO_32 = 2 ** 32;

/**
 * Records of one CPU's ring buffer, in the order of time.
 *
 * Holds the last sub-buffers read as they came, in one block of memory that is
 * used over and over; a record is decoded where it lies, when its turn comes.
 * Times are kernel time stamps in nanoseconds.
 *
 * @see https://docs.kernel.org/trace/ring-buffer-map.html
 */
export class CpuStream {
  /** Time of the next record; Infinity if none is held. */
  nextNs = Infinity;
  /** Whether the last `fill` read all that was waiting. */
  emptied = true;

  readonly #read: ReadSubBuffer;
  readonly #words: Uint32Array;
  readonly #slots: readonly Uint8Array[];
  readonly #slotWords: number;
  readonly #dataWords: number;
  /** Slot of the page that is being decoded, and how many are held. */
  #first = 0;
  #held = 0;
  /** Next record header, data of the next record, and end of the page, in words. */
  #header = 0;
  #data = 0;
  #end = 0;
  #pendingLost = 0;
  /** No record that is not yet read is older than this. */
  #newestPageNs = 0;

  constructor(read: ReadSubBuffer, slots: number, layout: { readonly bytes: number; readonly dataOffset: number }) {
    this.#read = read;
    this.#slotWords = layout.bytes / 4;
    this.#dataWords = layout.dataOffset / 4;
    const memory = new ArrayBuffer(slots * layout.bytes);
    this.#words = new Uint32Array(memory);
    this.#slots = Array.from({ length: slots }, (_, slot) => new Uint8Array(memory, slot * layout.bytes, layout.bytes));
  }

  /** Reads what is waiting, as far as there is room. */
  fill(): void {
    this.emptied = false;
    while (this.#held < this.#slots.length) {
      const slot = (this.#first + this.#held) % this.#slots.length;
      if (this.#read(this.#slots[slot]) === 0) {
        this.emptied = true;
        break;
      }
      this.#newestPageNs = u64(this.#words, slot * this.#slotWords);
      this.#held += 1;
      if (this.#held === 1) this.#enterPage();
    }
  }

  /**
   * Records older than this are all held: with `watermarkNs`, a time before
   * the last `fill`, if that read all there was; else what the pages say.
   */
  completeUntil(watermarkNs: number): number {
    return this.emptied ? watermarkNs : Math.min(watermarkNs, this.#newestPageNs);
  }

  /** Decodes records up to `limitNs`, at most to the end of the page. */
  decodeUntil(limitNs: number, decoder: RecordDecoder, sink: PageSink): void {
    if (this.#pendingLost > 0) {
      decoder.reset();
      sink.lost(this.#pendingLost, this.nextNs);
      this.#pendingLost = 0;
      this.#advance();
      return;
    }
    const first = this.#first;
    while (this.nextNs <= limitNs && this.#first === first && this.#held > 0 && this.#pendingLost === 0) {
      decoder.decode(this.#words, this.#data, this.nextNs, sink);
      this.#advance();
    }
  }

  /** Reads the page header, and goes to the page's first record. */
  #enterPage(): void {
    const page = this.#first * this.#slotWords;
    const flags = this.#words[page + 2];
    const dataWords = this.#slotWords - this.#dataWords;
    const commitWords = Math.min((flags & COMMIT_MASK) >>> 2, dataWords);
    this.#header = page + this.#dataWords;
    this.#end = this.#header + commitWords;
    this.nextNs = u64(this.#words, page);
    if ((flags & MISSED_EVENTS) !== 0) {
      const stored = (flags & MISSED_STORED) !== 0 && commitWords + 2 <= dataWords;
      this.#pendingLost = stored ? Math.max(1, u64(this.#words, this.#end)) : 1;
    } else {
      this.#advance();
    }
  }

  /** Goes to the next record that holds data, on this page or a later one. */
  #advance(): void {
    const words = this.#words;
    const end = this.#end;
    let header = this.#header;
    let timeNs = this.nextNs;
    while (header < end) {
      const word = words[header];
      const kind = word & 31;
      const delta = word >>> 5;
      if (kind > 0 && kind < PADDING) {
        if (header + 1 + kind > end) return this.#damaged(timeNs);
        this.#data = header + 1;
        this.#header = header + 1 + kind;
        this.nextNs = timeNs + delta;
        return;
      }
      // All others have a second word, which must be on the page.
      if (header + 2 > end) {
        if (kind === PADDING) break;
        return this.#damaged(timeNs);
      }
      const second = words[header + 1];
      if (kind === TIME_EXTEND) {
        timeNs += delta + second * TWO_27;
        header += 2;
      } else if (kind === TIME_STAMP) {
        timeNs = delta + second * TWO_27;
        header += 2;
      } else if (kind === 0) {
        // The length counts its own word.
        const next = header + 1 + ((second + 3) >>> 2);
        if (second < 4 || next > end) return this.#damaged(timeNs);
        this.#data = header + 2;
        this.#header = next;
        this.nextNs = timeNs + delta;
        return;
      } else {
        // Padding: a discarded record, or the rest of the page where no delta is set.
        if (delta === 0) break;
        timeNs += delta;
        header += 1 + Math.max(1, (second + 3) >>> 2);
      }
    }
    this.#leavePage();
  }

  /** A page that breaks off within a record: what else stood on it is lost. */
  #damaged(timeNs: number): void {
    this.#header = this.#end;
    this.#pendingLost = 1;
    this.nextNs = timeNs;
  }

  #leavePage(): void {
    this.#first = (this.#first + 1) % this.#slots.length;
    this.#held -= 1;
    if (this.#held > 0) this.#enterPage();
    else this.nextNs = Infinity;
  }
}

/** 64 bits as a float: exact below 2^53, to the nearest above. */
function u64(words: Uint32Array, at: number): number {
  return words[at + 1] * TWO_32 + words[at];
}

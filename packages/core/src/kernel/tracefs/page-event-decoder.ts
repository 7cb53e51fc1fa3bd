import type { PageSink } from '../../model/page-sink.js';
import { PAGE_BYTES } from '../../model/page-sink.js';
import type { RecordDecoder } from './cpu-stream.js';
import { fieldOf } from './event-format.js';
import type { EventFormat } from './event-format.js';
import { Ext4Writeback } from './ext4-writeback.js';
import type { FollowedFs } from './followed-fs.js';
import { InodeState } from './inode-state.js';
import { RecordKind } from './tracepoints.js';

const TWO_32 = 2 ** 32;

/** Bytes in the `name` field, and 32-bit words. */
const NAME_BYTES = 32;
const FSID_BYTES = 16;

/** Value of `sync_mode`: wait for every page. */
const WB_SYNC_ALL = 1;

/** The superblocks with one name or fsid, which is compared by words. */
interface Namesakes {
  readonly words: Uint32Array;
  readonly fileSystems: readonly FollowedFs[];
}

/** Offsets of the fields of one kind of record, in 32-bit words from its data. */
interface FieldWords {
  dev: number;
  ino: number;
  index: number;
  /** Bytes, not words: the field is one byte. */
  orderByte: number;
  name: number;
  a: number;
  b: number;
  c: number;
}

/**
 * Turns trace records into page events.
 *
 * Makes no objects on the way, but for the notes on ext4's writeback. Records
 * of unknown kinds and of file systems that nobody follows are dropped, as are
 * inode numbers and page indexes of 2^53 and more, which no number holds.
 */
export class PageEventDecoder implements RecordDecoder {
  /** Kind of record by the id in its first two bytes. */
  readonly #kinds = new Uint8Array(65536);
  readonly #fields: FieldWords[] = Object.values(RecordKind).map(noFields);
  readonly #ext4 = new Ext4Writeback();
  readonly #inodeState = new InodeState();
  #byBdi: Namesakes[] = [];
  #byFsid: Namesakes[] = [];
  #blockBytes = new Map<number, number>();

  /** Takes records of this format as of that kind from now on. @throws {DuetError} `DUET_ERR_TRACEFS` */
  learn(kind: RecordKind, format: EventFormat): void {
    this.#fields[kind] = fieldWords(kind, format);
    this.#kinds[format.id] = kind;
  }

  /** Sets the file systems whose events are wanted. */
  follow(all: readonly FollowedFs[]): void {
    this.#byBdi = namesakes(all, (fs) => (fs.bdiName === undefined ? undefined : paddedName(fs.bdiName)));
    this.#byFsid = namesakes(all, (fs) => fs.fsid);
    this.#blockBytes = new Map(all.map((fs) => [fs.dev, fs.blockBytes]));
  }

  /** Forgets what it has noted: records are missing. */
  reset(): void {
    this.#ext4.reset();
  }

  decode(words: Uint32Array, at: number, timeNs: number, sink: PageSink): void {
    const kind = this.#kinds[words[at] & 0xffff];
    const fields = this.#fields[kind];
    if (kind === RecordKind.ADDED || kind === RecordKind.REMOVED) {
      const ino = unsigned(words, at + fields.ino);
      const index = unsigned(words, at + fields.index);
      if (ino > Number.MAX_SAFE_INTEGER || index > Number.MAX_SAFE_INTEGER) return;
      const order = fields.orderByte < 0 ? 0 : (words[at + (fields.orderByte >> 2)] >>> ((fields.orderByte & 3) * 8)) & 0xff;
      if (kind === RecordKind.ADDED) sink.added(words[at + fields.dev], ino, index, 1 << order, timeNs);
      else sink.removed(words[at + fields.dev], ino, index, 1 << order, timeNs);
    } else if (kind !== RecordKind.NONE) {
      this.#decodeWriteback(kind, words, at, timeNs, sink);
    }
  }

  #decodeWriteback(kind: number, words: Uint32Array, at: number, timeNs: number, sink: PageSink): void {
    const { dev, ino: inoAt, index, name, a, b, c } = this.#fields[kind];
    const ino = unsigned(words, at + inoAt);
    if (ino > Number.MAX_SAFE_INTEGER) return;
    // Thread that wrote the record: `common_pid`, at byte 4 of all records.
    const pid = words[at + 1];
    switch (kind) {
      case RecordKind.DIRTY:
        this.#dirtied(find(this.#byBdi, words, at + name), ino, unsigned(words, at + index), timeNs, sink);
        break;
      case RecordKind.INODE_WRITTEN:
        this.#inodeWritten(find(this.#byBdi, words, at + name), pid, ino, words[at + a], timeNs, sink);
        break;
      case RecordKind.EXT4_BEGIN:
        this.#ext4.begin(pid, words[at + dev], ino, signed(words, at + a), signed(words, at + b), words[at + c] === WB_SYNC_ALL, timeNs);
        break;
      case RecordKind.EXT4_EXTENT: {
        const block = this.#blockBytes.get(words[at + dev]);
        if (block === undefined) break;
        const first = unsigned(words, at + a) * block;
        this.#ext4.extent(pid, words[at + dev], ino, first, first + words[at + b] * block);
        break;
      }
      case RecordKind.EXT4_END:
        this.#ext4.end(pid, words[at + dev], ino, words[at + a] | 0, words[at + b], timeNs, sink);
        break;
      case RecordKind.IOMAP_FOLIO: {
        const offset = signed(words, at + a);
        const first = Math.floor(offset / PAGE_BYTES);
        const pages = Math.ceil((offset + unsigned(words, at + b)) / PAGE_BYTES) - first;
        if (pages > 0) sink.flushed(words[at + dev], ino, first, pages, timeNs);
        break;
      }
      case RecordKind.EXT4_INVALIDATE:
        invalidated(words[at + dev], ino, unsigned(words, at + index) * PAGE_BYTES + unsigned(words, at + a), unsigned(words, at + b), timeNs, sink);
        break;
      case RecordKind.IOMAP_INVALIDATE:
        invalidated(words[at + dev], ino, signed(words, at + a), unsigned(words, at + b), timeNs, sink);
        break;
      case RecordKind.BTRFS_FOLIO: {
        const page = unsigned(words, at + index);
        if (page > Number.MAX_SAFE_INTEGER) break;
        for (const fs of find(this.#byFsid, words, at + a)) sink.flushed(fs.dev, ino, page, 1, timeNs);
        break;
      }
    }
  }

  /** Partitions of a disk have one name: all of them are told, as a DIRTY too many does no harm. */
  #dirtied(all: readonly FollowedFs[], ino: number, index: number, timeNs: number, sink: PageSink): void {
    if (index > Number.MAX_SAFE_INTEGER) return;
    for (const fs of all) {
      sink.dirtied(fs.dev, ino, index, timeNs);
      if (fs.flushStyle === 'ext4') this.#ext4.dirtied(fs.dev, ino, index);
    }
  }

  #inodeWritten(all: readonly FollowedFs[], pid: number, ino: number, state: number, timeNs: number, sink: PageSink): void {
    const clean = this.#inodeState.isClean(state);
    this.#ext4.inodeWritten(pid, ino, clean, timeNs, sink);
    for (const fs of all) {
      if (clean && fs.flushStyle === 'inode' && !fs.bdiShared) sink.flushed(fs.dev, ino, 0, Infinity, timeNs);
    }
  }
}

/** Bytes of a folio were invalidated, all or a part. */
function invalidated(dev: number, ino: number, offset: number, length: number, timeNs: number, sink: PageSink): void {
  const whole = offset % PAGE_BYTES === 0 && length % PAGE_BYTES === 0;
  sink.invalidated(dev, ino, Math.floor(offset / PAGE_BYTES), whole ? length / PAGE_BYTES : 0, timeNs);
}

function noFields(): FieldWords {
  return { dev: 0, ino: 0, index: 0, orderByte: -1, name: 0, a: 0, b: 0, c: 0 };
}

/** Which fields each kind has, and what `a`, `b` and `c` stand for in it. */
function fieldWords(kind: RecordKind, format: EventFormat): FieldWords {
  const word = (name: string, size: number): number => fieldOf(format, name, size).offset / 4;
  const none = noFields();
  switch (kind) {
    case RecordKind.ADDED:
    case RecordKind.REMOVED: {
      // Before Linux 5.16 or so there is no order: each page has an event.
      const order = format.fields.get('order');
      return { ...none, dev: word('s_dev', 4), ino: word('i_ino', 8), index: word('index', 8), orderByte: order?.offset ?? -1 };
    }
    case RecordKind.DIRTY:
      return { ...none, name: word('name', NAME_BYTES), ino: word('ino', 8), index: word('index', 8) };
    case RecordKind.INODE_WRITTEN:
      return { ...none, name: word('name', NAME_BYTES), ino: word('ino', 8), a: word('state', 8) };
    case RecordKind.EXT4_BEGIN:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), a: word('range_start', 8), b: word('range_end', 8), c: word('sync_mode', 4) };
    case RecordKind.EXT4_EXTENT:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), a: word('lblk', 8), b: word('len', 4) };
    case RecordKind.EXT4_END:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), a: word('ret', 4), b: word('pages_written', 4) };
    case RecordKind.IOMAP_FOLIO:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), a: word('offset', 8), b: word('length', 8) };
    case RecordKind.EXT4_INVALIDATE:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), index: word('index', 8), a: word('offset', 8), b: word('length', 8) };
    case RecordKind.IOMAP_INVALIDATE:
      return { ...none, dev: word('dev', 4), ino: word('ino', 8), a: word('offset', 8), b: word('length', 8) };
    case RecordKind.BTRFS_FOLIO:
      return { ...none, ino: word('ino', 8), index: word('index', 8), a: word('fsid', FSID_BYTES) };
    case RecordKind.NONE:
      return none;
  }
}

function namesakes(all: readonly FollowedFs[], bytesOf: (fs: FollowedFs) => Uint8Array | undefined): Namesakes[] {
  const groups = new Map<string, { words: Uint32Array; fileSystems: FollowedFs[] }>();
  for (const fs of all) {
    const bytes = bytesOf(fs);
    if (bytes === undefined) continue;
    const key = Buffer.from(bytes).toString('hex');
    const words = new Uint32Array(new Uint8Array(bytes).buffer);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { words, fileSystems: [fs] });
    else group.fileSystems.push(fs);
  }
  return [...groups.values()];
}

/** As strscpy_pad leaves it: cut to 31 bytes, the rest zero. */
function paddedName(name: string): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES);
  bytes.set(Buffer.from(name, 'latin1').subarray(0, NAME_BYTES - 1));
  return bytes;
}

const NOBODY: readonly FollowedFs[] = [];

function find(all: readonly Namesakes[], words: Uint32Array, at: number): readonly FollowedFs[] {
  for (const one of all) {
    let same = 0;
    while (same < one.words.length && one.words[same] === words[at + same]) same += 1;
    if (same === one.words.length) return one.fileSystems;
  }
  return NOBODY;
}

function unsigned(words: Uint32Array, at: number): number {
  return words[at + 1] * TWO_32 + words[at];
}

function signed(words: Uint32Array, at: number): number {
  return (words[at + 1] | 0) * TWO_32 + words[at];
}

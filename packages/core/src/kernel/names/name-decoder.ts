import type { BytePath, FolderEntry, Inode, NameEvent } from '../../model/index.js';
import { inodeOfHandle } from '../probe/index.js';
import { FanEvent } from '../syscalls/index.js';
import type { NativeBuffer } from '../syscalls/index.js';

/** `struct fanotify_event_metadata` */
const EVENT_BYTES = 24;
const MASK_AT = 8;
/** A record's header, the file system's id and the handle's header. */
const HANDLE_BYTES_AT = 12;
const HANDLE_TYPE_AT = 16;
const HANDLE_AT = 20;

/** Kinds of records behind an event. */
const Record = { FID: 1, DFID_NAME: 2, OLD_DFID_NAME: 10, NEW_DFID_NAME: 12 } as const;

/** What is read out of events: a change, or that changes are missing here. */
export type DecodedName = NameEvent | 'lost';

/**
 * Decodes the first `length` bytes of `memory`, which a fanotify group of the
 * superblock `dev` gave. What makes no sense counts as lost.
 *
 * @see https://man7.org/linux/man-pages/man7/fanotify.7.html
 */
export function decodeNames(memory: NativeBuffer, length: number, dev: number, take: (event: DecodedName) => void): void {
  for (let at = 0; at < length; ) {
    const left = length - at;
    const bytes = left < EVENT_BYTES ? 0 : memory.view.getUint32(at, true);
    if (bytes < EVENT_BYTES || bytes > left) return take('lost');
    take(decodeEvent(memory, at, at + bytes, dev) ?? 'lost');
    at += bytes;
  }
}

function decodeEvent(memory: NativeBuffer, at: number, end: number, dev: number): NameEvent | undefined {
  const { view } = memory;
  const mask = view.getUint32(at + MASK_AT, true);
  let target: Inode | undefined;
  let entry: FolderEntry | undefined;
  let from: FolderEntry | undefined;
  let to: FolderEntry | undefined;
  for (let record = at + EVENT_BYTES; record < end; ) {
    const bytes = record + HANDLE_AT > end ? 0 : view.getUint16(record + 2, true);
    const recordEnd = record + bytes;
    if (bytes < HANDLE_AT || recordEnd > end) return undefined;
    const kind = memory.bytes[record];
    if (kind === Record.FID) target = decodeInode(view, record, recordEnd);
    else if (kind === Record.DFID_NAME) entry = decodeEntry(memory, record, recordEnd);
    else if (kind === Record.OLD_DFID_NAME) from = decodeEntry(memory, record, recordEnd);
    else if (kind === Record.NEW_DFID_NAME) to = decodeEntry(memory, record, recordEnd);
    record = recordEnd;
  }
  if (target === undefined) return undefined;
  const about = { dev, isFolder: (mask & FanEvent.ONDIR) !== 0, target };
  if ((mask & FanEvent.RENAME) !== 0) return from === undefined || to === undefined ? undefined : { ...about, from, to };
  if (entry === undefined) return undefined;
  const created = (mask & FanEvent.CREATE) !== 0;
  const deleted = (mask & FanEvent.DELETE) !== 0;
  if (created) return deleted ? { ...about, to: entry, unsure: true } : { ...about, to: entry };
  return deleted ? { ...about, from: entry } : undefined;
}

function decodeInode(view: DataView, record: number, end: number): Inode | undefined {
  const bytes = view.getUint32(record + HANDLE_BYTES_AT, true);
  if (record + HANDLE_AT + bytes > end) return undefined;
  return inodeOfHandle(view.getInt32(record + HANDLE_TYPE_AT, true), view, record + HANDLE_AT, bytes);
}

function decodeEntry({ bytes, view }: NativeBuffer, record: number, end: number): FolderEntry | undefined {
  const folder = decodeInode(view, record, end);
  if (folder === undefined) return undefined;
  const start = record + HANDLE_AT + view.getUint32(record + HANDLE_BYTES_AT, true);
  const nul = bytes.indexOf(0, start);
  if (nul <= start || nul >= end) return undefined;
  return { folder, name: bytes.toString('latin1', start, nul) as BytePath };
}

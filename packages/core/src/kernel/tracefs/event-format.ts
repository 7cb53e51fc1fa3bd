import { existsSync } from 'node:fs';
import { DuetError } from '../../model/errors.js';
import { readTraceFile } from './trace-file.js';

/** Where a field stands in a record, in bytes. */
export interface EventField {
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

/** Layout of one tracepoint's records on this kernel. */
export interface EventFormat {
  /** `filemap/mm_filemap_add_to_page_cache` */
  readonly event: string;
  /** Number that its records carry. */
  readonly id: number;
  readonly fields: ReadonlyMap<string, EventField>;
}

/** How a ring-buffer sub-buffer is laid out. */
export interface SubBufferLayout {
  /** Bytes that one read returns. */
  readonly bytes: number;
  /** Where the records start. */
  readonly dataOffset: number;
}

const FIELD = /field:\s*(.*?)\s*;\s*offset:(\d+);\s*size:(\d+);\s*signed:(\d);/g;

/** Reads the text of a `format` file. */
export function parseEventFormat(event: string, text: string): EventFormat {
  const id = /^ID:\s*(\d+)/m.exec(text);
  const fields = parseFields(text);
  if (id === null || fields.get('common_type')?.offset !== 0) throw formatError(event, 'it names no ID or no common_type');
  return { event, id: Number(id[1]), fields };
}

/** Reads the text of `events/header_page`. */
export function parseSubBufferLayout(text: string): SubBufferLayout {
  const fields = parseFields(text);
  const timestamp = fields.get('timestamp');
  const commit = fields.get('commit');
  const data = fields.get('data');
  if (timestamp?.offset !== 0 || timestamp.size !== 8 || commit?.offset !== 8 || commit.size !== 8 || data?.offset !== 16) {
    throw formatError('header_page', 'it is not laid out as a 64-bit kernel does');
  }
  return { bytes: data.offset + data.size, dataOffset: data.offset };
}

/** Refuses a kernel whose records are not packed as the parser takes them. */
export function checkRecordHeader(text: string): void {
  const wanted = [/type_len\s*:\s*5 bits/, /time_delta\s*:\s*27 bits/, /padding\s*:\s*type == 29/, /time_extend\s*:\s*type == 30/];
  if (!wanted.every((line) => line.test(text))) throw formatError('header_event', 'its bits are not the ones known');
}

/** The first of `events` that this kernel has; undefined if it has none of them. */
export function readEventFormat(instance: string, events: readonly string[]): EventFormat | undefined {
  const event = events.find((name) => existsSync(`${instance}/events/${name}/format`));
  return event === undefined ? undefined : parseEventFormat(event, readTraceFile(`${instance}/events/${event}/format`));
}

/** A field that the decoder cannot do without. @throws {DuetError} `DUET_ERR_TRACEFS` */
export function fieldOf(format: EventFormat, name: string, size: number): EventField {
  const field = format.fields.get(name);
  if (field === undefined) throw formatError(format.event, `it has no field ${name}`);
  if (field.size !== size || field.offset % Math.min(size, 4) !== 0) {
    throw formatError(format.event, `its field ${name} has ${field.size} bytes at ${field.offset}`);
  }
  return field;
}

function parseFields(text: string): Map<string, EventField> {
  const fields = new Map<string, EventField>();
  for (const [, declaration, offset, size, signed] of text.matchAll(FIELD)) {
    const name = /(\w+)(\[\w*\])*$/.exec(declaration)?.[1];
    if (name !== undefined) fields.set(name, { offset: Number(offset), size: Number(size), signed: signed === '1' });
  }
  return fields;
}

function formatError(event: string, why: string): DuetError {
  return new DuetError('DUET_ERR_TRACEFS', {
    operation: `read the format of ${event}`,
    message: `the kernel's format of ${event} is not usable: ${why}`,
    hint: 'Use `--source cachestat`, and report this kernel’s version and the format file.',
  });
}

import { DuetError } from '../../model/index.js';

/**
 * A recorded trace: one JSON value a line. The first is the header, all others
 * are arrays that begin with their kind, in the order in which things happened:
 *
 * - `["fs", {…}]`: a `ScannedFs`; file systems count from 0.
 * - `["root", folder, path]`: a path that was scanned is folder number `folder`.
 * - `["dir", folder, parent, name]`
 * - `["file", fs, folder, name, ino, gen, nlink, size, mtime, ctime, physical, probed, probedMs, runs]`:
 *   times of the file in nanoseconds as text, `physical` in bytes or null for
 *   none, `probed` a time or null, `runs` flat: first page, pages, 1 if dirty.
 * - `["+", time, dev, ino, index, pages]` ADDED, `"-"` REMOVED, `"="` FLUSHED
 *   (pages null: to the end of the file).
 * - `["*", time, dev, ino, index]` DIRTY.
 * - `["!", time, events]` lost.
 *
 * Times are nanoseconds since the recording began. Names are bytes, one a
 * character (see `BytePath`).
 */
export interface TraceHeader {
  readonly format: typeof TRACE_FORMAT;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Kernel it was recorded on. */
  readonly kernel: string;
}

export const TRACE_FORMAT = 'duet-trace';
export const TRACE_VERSION = 1;

/** A line of a trace, without the header. */
export type TraceLine = readonly [kind: string, ...rest: unknown[]];

/** Reads the first line. @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
export function parseHeader(text: string, path: string): TraceHeader {
  const value = parseJson(text);
  if (!isRecord(value) || value['format'] !== TRACE_FORMAT) throw traceError(path, 'its first line is not the header of a trace');
  if (value['version'] !== TRACE_VERSION) throw traceError(path, `it has version ${String(value['version'])}, and this program reads ${TRACE_VERSION}`);
  return value as unknown as TraceHeader;
}

/** Reads any other line; `line` counts from 1. @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
export function parseLine(text: string, path: string, line: number): TraceLine {
  const value = parseJson(text);
  if (!Array.isArray(value) || typeof value[0] !== 'string') throw traceError(path, `line ${line} is not a line of a trace`);
  return value as unknown as TraceLine;
}

export function traceError(path: string, why: string, cause?: unknown): DuetError {
  return new DuetError('DUET_ERR_TRACE_FORMAT', {
    operation: 'read the recorded trace',
    message: `${path} is not usable as a trace: ${why}`,
    path,
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

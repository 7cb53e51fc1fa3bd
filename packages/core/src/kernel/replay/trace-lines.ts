import { closeSync, openSync, readSync } from 'node:fs';
import { DuetError, errnoOf } from '../../model/index.js';
import { parseHeader, parseLine, traceError } from './trace-format.js';
import type { TraceHeader, TraceLine } from './trace-format.js';

const CHUNK_BYTES = 256 * 1024;
/** A file line holds the cached runs of one file: this is far more than the largest has. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 10;

/**
 * Reads a recorded trace line by line, in bounded memory.
 *
 * A last line without its end, as a killed recorder leaves it, is left out.
 */
export class TraceLines {
  readonly header: TraceHeader;
  readonly #path: string;
  #fd: number;
  #buffer = Buffer.alloc(CHUNK_BYTES);
  #start = 0;
  #end = 0;
  #line = 0;

  /** @throws {DuetError} `DUET_ERR_TRACE_FORMAT`, `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED` */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (cause) {
      throw openError(path, cause);
    }
    try {
      this.header = parseHeader(this.#nextText() ?? '', path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The next line; undefined at the end. @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
  next(): TraceLine | undefined {
    const text = this.#nextText();
    return text === undefined ? undefined : parseLine(text, this.#path, this.#line);
  }

  /** The next line that is no event; undefined at the end. @throws {DuetError} `DUET_ERR_TRACE_FORMAT` */
  nextNoEvent(): TraceLine | undefined {
    for (;;) {
      const text = this.#nextText();
      if (text === undefined) return undefined;
      // Events are most of a trace; their kinds have one letter: `["+"`.
      if (text[3] !== '"') return parseLine(text, this.#path, this.#line);
    }
  }

  /** An error in the line that `next` gave last. */
  error(why: string): DuetError {
    return traceError(this.#path, `line ${this.#line}: ${why}`);
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #nextText(): string | undefined {
    for (let from = this.#start; ; ) {
      const newline = this.#buffer.subarray(0, this.#end).indexOf(NEWLINE, from);
      if (newline >= 0) {
        const text = this.#buffer.toString('utf8', this.#start, newline);
        this.#start = newline + 1;
        this.#line += 1;
        return text;
      }
      from = this.#end - this.#start;
      if (!this.#fill()) return undefined;
    }
  }

  /** Reads more after what is held, which moves to the front; false at the end of the file. */
  #fill(): boolean {
    if (this.#fd < 0) return false;
    this.#buffer.copy(this.#buffer, 0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    if (this.#end === this.#buffer.length) {
      if (this.#end >= LINE_BYTES_MAX) throw traceError(this.#path, `line ${this.#line + 1} is too long`);
      this.#buffer = Buffer.concat([this.#buffer], this.#buffer.length * 2);
    }
    let bytes: number;
    try {
      bytes = readSync(this.#fd, this.#buffer, this.#end, this.#buffer.length - this.#end, null);
    } catch (cause) {
      throw traceError(this.#path, `it cannot be read: ${errnoOf(cause) ?? String(cause)}`, cause);
    }
    this.#end += bytes;
    return bytes > 0;
  }
}

function openError(path: string, cause: unknown): DuetError {
  const errno = errnoOf(cause);
  const code = errno === 'ENOENT' || errno === 'ENOTDIR' ? 'DUET_ERR_PATH_MISSING' : 'DUET_ERR_PATH_DENIED';
  return new DuetError(code, { operation: 'open the recorded trace', message: `cannot open ${path}: ${errno ?? String(cause)}`, path, cause });
}

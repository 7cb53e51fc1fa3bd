import { write } from 'node:fs';
import { Writable } from 'node:stream';
import type { WritableOptions } from 'node:stream';

type Done = (error?: Error | null) => void;

const AGAIN_MS = 10;

/**
 * Writes to a descriptor, never blocking the event loop.
 *
 * `process.stdout` waits for the reader of a pipe inside `write`: a paused
 * pager would hold up everything, event sources too. The descriptor stays open.
 */
export class FdWritable extends Writable {
  readonly #fd: number;

  constructor(fd: number, options: WritableOptions = { highWaterMark: 64 * 1024 }) {
    super(options);
    this.#fd = fd;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#put(chunk, 0, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#put(Buffer.concat(chunks.map(({ chunk }) => chunk)), 0, done);
  }

  #put(bytes: Buffer, from: number, done: Done): void {
    write(this.#fd, bytes, from, bytes.length - from, null, (error, written) => {
      // A terminal or pipe that somebody else made non-blocking.
      if (error?.code === 'EAGAIN') setTimeout(() => this.#put(bytes, from, done), AGAIN_MS);
      else if (error) done(error);
      else if (from + written < bytes.length) this.#put(bytes, from + written, done);
      else done();
    });
  }
}

import koffi from 'koffi';
import { constants as open } from 'node:fs';
import { DuetError } from '../../model/errors.js';
import { EAGAIN, EINTR, errnoError, errnoName } from '../syscalls/errno.js';
import { libc } from '../syscalls/library.js';

const openFile = libc.func('int open(const char *path, int flags)') as (path: string, flags: number) => number;
const readFile = libc.func('intptr_t read(int fd, void *buffer, size_t bytes)') as (
  fd: number,
  buffer: Uint8Array,
  bytes: number,
) => number;
const closeFile = libc.func('int close(int fd)') as (fd: number) => number;

const O_CLOEXEC = 0o2000000;

/**
 * One CPU's `trace_pipe_raw`, read without blocking.
 *
 * Through libc and not `node:fs`, whose reads throw when a pipe is empty: ten
 * microseconds each time, a hundred times a second on each CPU.
 */
export class RawPipe {
  #fd: number;
  readonly #path: string;

  /** @throws {DuetError} `DUET_ERR_TRACEFS` */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openFile(path, open.O_RDONLY | open.O_NONBLOCK | O_CLOEXEC);
    if (this.#fd < 0) throw pipeError('open', path, koffi.errno());
  }

  /**
   * Reads one sub-buffer into `buffer`; 0 if nothing is waiting.
   *
   * @throws {DuetError} `DUET_ERR_TRACEFS`
   */
  read(buffer: Uint8Array): number {
    const bytes = readFile(this.#fd, buffer, buffer.length);
    if (bytes >= 0) return bytes;
    const errno = koffi.errno();
    if (errno === EAGAIN || errno === EINTR) return 0;
    throw pipeError('read', this.#path, errno);
  }

  /** Readable while something waits; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#fd >= 0) closeFile(this.#fd);
    this.#fd = -1;
  }
}

function pipeError(verb: string, path: string, errno: number): DuetError {
  return new DuetError('DUET_ERR_TRACEFS', {
    operation: `${verb} a trace buffer`,
    message: `cannot ${verb} ${path}: ${errnoName(errno)}`,
    path,
    cause: errnoError(errno, verb),
  });
}

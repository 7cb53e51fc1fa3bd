import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, readSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.js';
import { LabError } from './lab-error.js';

/** Pages that a thread brought into the page cache. */
export interface AddedPages {
  readonly thread: number;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly atMs: number;
  readonly ino: number;
  readonly index: number;
  readonly pages: number;
}

const EVENT = 'mm_filemap_add_to_page_cache';
const LINE = new RegExp(`-(\\d+) +\\[\\d+\\].*? (\\d+\\.\\d+): ${EVENT}: dev \\S+ ino ([0-9a-f]+) pfn=\\S+ ofs=(\\d+) order=(\\d+)$`);
/** Per CPU: some 800,000 events. */
const BUFFER_KB = 32_768;

/** One line of a trace; undefined for any other. */
export function parseAdded(line: string): AddedPages | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, thread, seconds, ino = '', offset, order] = match;
  return { thread: Number(thread), atMs: Number(seconds) * 1000, ino: parseInt(ino, 16), index: Number(offset) / 4096, pages: 2 ** Number(order) };
}

/**
 * Records who brings which page of one file system into the page cache: the
 * referee where two programs read the same files.
 *
 * A trace instance of its own, on a mount of tracefs of its own.
 */
export class PageTrace {
  readonly #mount: string;
  readonly #instance: string;

  /** `mount`: an empty folder; `superblock`: major:minor, as mountinfo has it. */
  constructor(name: string, mount: string, superblock: string) {
    this.#mount = mount;
    command('mount', ['-t', 'tracefs', 'nodev', mount]);
    this.#instance = join(mount, 'instances', name);
    mkdirSync(this.#instance);
    const [major, minor] = superblock.split(':').map(Number) as [number, number];
    this.#write('trace_clock', 'mono');
    this.#write('buffer_size_kb', String(BUFFER_KB));
    this.#write(`events/filemap/${EVENT}/filter`, `s_dev == ${major * 2 ** 20 + minor}`);
    this.#write(`events/filemap/${EVENT}/enable`, '1');
  }

  /** Stops recording and gives what was recorded, in the order of time. @throws {LabError} if the buffer overran. */
  stop(): AddedPages[] {
    this.#write('tracing_on', '0');
    for (const cpu of readdirSync(join(this.#instance, 'per_cpu'))) {
      const stats = readFileSync(join(this.#instance, 'per_cpu', cpu, 'stats'), 'latin1');
      if (!/^overrun: 0$/m.test(stats)) throw new LabError('the trace of the page cache overran its buffer');
    }
    const added: AddedPages[] = [];
    for (const line of lines(join(this.#instance, 'trace'))) {
      const pages = parseAdded(line);
      if (pages) added.push(pages);
    }
    return added;
  }

  remove(): void {
    rmdirSync(this.#instance);
    command('umount', [this.#mount]);
  }

  #write(file: string, value: string): void {
    writeFileSync(join(this.#instance, file), value);
  }
}

function* lines(file: string): Generator<string> {
  const buffer = Buffer.alloc(1 << 20);
  const fd = openSync(file, 'r');
  try {
    let rest = '';
    for (let length; (length = readSync(fd, buffer, 0, buffer.length, null)) > 0; ) {
      const parts = (rest + buffer.toString('latin1', 0, length)).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
  } finally {
    closeSync(fd);
  }
}

import { closeSync, openSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import { addEach, DuetError, errnoOf } from '../../model/index.js';
import type { BytePath, PageSink, ScanBatch } from '../../model/index.js';
import { TRACE_FORMAT, TRACE_VERSION } from './trace-format.js';
import type { TraceHeader } from './trace-format.js';

const BUFFER_CHARS = 64 * 1024;

/**
 * Writes a recorded trace (see `TraceHeader` for the format).
 *
 * Holds at most 64 KiB, and writes them at once when they are full. A write
 * that fails ends the recording and not what is recorded: `close` throws then.
 */
export class TraceWriter {
  readonly #path: string;
  readonly #startNs: number;
  #fd: number;
  #buffer = '';
  #failure: unknown;
  #fileSystems = 0;
  #folders = 0;

  /**
   * Makes the file, or empties it.
   *
   * @param startNs CLOCK_MONOTONIC now; times in the trace count from it.
   * @throws {DuetError} `DUET_ERR_SYSCALL`
   */
  constructor(path: string, startNs = Number(process.hrtime.bigint())) {
    this.#path = path;
    this.#startNs = startNs;
    try {
      this.#fd = openSync(path, 'w', 0o600);
    } catch (cause) {
      throw this.#error('create', cause);
    }
    const header: TraceHeader = { format: TRACE_FORMAT, version: TRACE_VERSION, createdMs: Date.now(), kernel: release() };
    this.#write(JSON.stringify(header));
  }

  /** A sink that notes each event and passes it on to `sink`. */
  tee(sink: PageSink): PageSink {
    return {
      added: (dev, ino, index, pages, timeNs) => {
        this.#noteAdded(dev, ino, index, pages, timeNs);
        sink.added(dev, ino, index, pages, timeNs);
      },
      addedSingly: (dev, ino, index, pages, firstNs, lastNs) => {
        addEach({ added: (...page) => this.#noteAdded(...page) }, dev, ino, index, pages, firstNs, lastNs);
        sink.addedSingly(dev, ino, index, pages, firstNs, lastNs);
      },
      removed: (dev, ino, index, pages, timeNs) => {
        this.#write(`["-",${this.#time(timeNs)},${dev},${ino},${index},${pages}]`);
        sink.removed(dev, ino, index, pages, timeNs);
      },
      dirtied: (dev, ino, index, timeNs) => {
        this.#write(`["*",${this.#time(timeNs)},${dev},${ino},${index}]`);
        sink.dirtied(dev, ino, index, timeNs);
      },
      flushed: (dev, ino, index, pages, timeNs) => {
        this.#write(`["=",${this.#time(timeNs)},${dev},${ino},${index},${pages === Infinity ? 'null' : pages}]`);
        sink.flushed(dev, ino, index, pages, timeNs);
      },
      // Not noted: a replay has no cache that could be looked at again.
      invalidated: (dev, ino, index, pages, timeNs) => sink.invalidated(dev, ino, index, pages, timeNs),
      unsure: (dev, ino, timeNs) => sink.unsure(dev, ino, timeNs),
      lost: (events, timeNs) => {
        this.#write(`["!",${this.#time(timeNs)},${events}]`);
        sink.lost(events, timeNs);
      },
    };
  }

  #noteAdded(dev: number, ino: number, index: number, pages: number, timeNs: number): void {
    this.#write(`["+",${this.#time(timeNs)},${dev},${ino},${index},${pages}]`);
  }

  /** Notes what the scans of one path find, each file name once. */
  scans(root: BytePath): { begin(): void; batch(batch: ScanBatch): void } {
    const noted = new Map<string, number>();
    /** By the numbers that the scan under way has given out. */
    let fileSystems: number[] = [];
    let folders: number[] = [];
    const once = (key: string, note: () => number): number => {
      let number = noted.get(key);
      if (number === undefined) noted.set(key, (number = note()));
      return number;
    };
    return {
      begin: () => {
        fileSystems = [];
        folders = [];
      },
      batch: (batch) => {
        for (const fs of batch.newFs) {
          fileSystems.push(once(`fs ${fs.fs} ${fs.statDev}`, () => this.#note(['fs', fs], this.#fileSystems++)));
        }
        for (const { no, parent, name } of batch.newFolders) {
          folders[no] = once(no === 0 ? 'root' : `dir ${folders[parent]} ${name}`, () => {
            const number = this.#folders++;
            return this.#note(no === 0 ? ['root', number, root] : ['dir', number, folders[parent], name], number);
          });
        }
        const names = Buffer.from(batch.names.buffer, batch.names.byteOffset, batch.names.byteLength).toString('latin1');
        const { probedNs, probedMs, runs } = batch.residency;
        let run = 0;
        for (let row = 0; row < batch.count; row += 1) {
          const own: number[] = [];
          for (; run < runs.length && runs[run] === row; run += 4) own.push(runs[run + 1], runs[run + 2], runs[run + 3]);
          const fs = fileSystems[batch.fs[row]];
          const folder = folders[batch.folder[row]];
          const name = names.slice(row === 0 ? 0 : batch.nameEnd[row - 1], batch.nameEnd[row]);
          const [ino, gen] = [batch.ino[row], batch.gen[row]];
          once(`file ${folder} ${fs} ${ino} ${gen} ${name}`, () => {
            const physical = batch.physical[row] === Infinity ? null : batch.physical[row];
            const probed = probedNs[row] === 0 ? null : this.#time(probedNs[row]);
            const times = [String(batch.mtimeNs[row]), String(batch.ctimeNs[row])];
            return this.#note(['file', fs, folder, name, ino, gen, batch.nlink[row], batch.size[row], ...times, physical, probed, probedMs[row], own], 0);
          });
        }
      },
    };
  }

  /** Hands all that is noted to the kernel. */
  flush(): void {
    if (this.#failure === undefined && this.#fd >= 0) {
      try {
        const bytes = Buffer.from(this.#buffer, 'utf8');
        for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      } catch (cause) {
        this.#failure = cause;
      }
    }
    this.#buffer = '';
  }

  /** Safe to call twice. @throws {DuetError} `DUET_ERR_SYSCALL` if the recording is not complete. */
  close(): void {
    if (this.#fd < 0) return;
    this.flush();
    closeSync(this.#fd);
    this.#fd = -1;
    if (this.#failure !== undefined) throw this.#error('write', this.#failure);
  }

  #time(timeNs: number): number {
    return Math.round(timeNs - this.#startNs);
  }

  #note(line: readonly unknown[], number: number): number {
    this.#write(JSON.stringify(line));
    return number;
  }

  #write(line: string): void {
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= BUFFER_CHARS) this.flush();
  }

  #error(verb: string, cause: unknown): DuetError {
    return new DuetError('DUET_ERR_SYSCALL', {
      operation: `${verb} the recorded trace`,
      message: `cannot ${verb} ${this.#path}: ${errnoOf(cause) ?? String(cause)}`,
      path: this.#path,
      cause,
    });
  }
}

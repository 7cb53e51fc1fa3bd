import { cpus as onlineCpus, endianness } from 'node:os';
import { DuetError } from '../../model/errors.js';
import type { PageSink } from '../../model/page-sink.js';
import type { Source, SourceCounters } from '../../model/source.js';
import { CountingSink } from '../counting-sink.js';
import { mergeCpus } from './cpu-merge.js';
import { CpuStream } from './cpu-stream.js';
import { checkRecordHeader, parseSubBufferLayout, readEventFormat } from './event-format.js';
import { describeFs } from './followed-fs.js';
import type { FollowedFs } from './followed-fs.js';
import { LostRecords } from './lost-records.js';
import { PageEventDecoder } from './page-event-decoder.js';
import { RawPipe } from './pipe.js';
import { readTraceFile } from './trace-file.js';
import { TraceInstance, removeStaleInstances } from './trace-instance.js';
import { FLUSH_TRACEPOINTS, REQUIRED, filterFor } from './tracepoints.js';
import type { Tracepoint } from './tracepoints.js';

export interface TracefsOptions {
  /**
   * Kernel buffer for each CPU, in KiB. Default: 8192, less where more than 16
   * CPUs would take over 128 MiB together, but 1024 at least. 8 MiB hold some
   * 170,000 events: a third of a second of a 2 GB/s read in single pages.
   */
  readonly bufferKbPerCpu?: number;
}

const BUFFER_KB = 8192;
const BUFFER_KB_ALL = 128 * 1024;
const BUFFER_KB_MIN = 1024;

/** Sub-buffers held in memory, of all CPUs together, and of each at least. */
const HELD_PAGES = 512;
const HELD_PAGES_MIN = 4;

/**
 * A record gets its time before it can be read; this long after, it can.
 * Longer stalls of a virtual CPU would cost order, not events.
 */
const MARGIN_NS = 1e6;

/**
 * Page events from the kernel's tracepoints: exact, and for root only.
 *
 * Events of all CPUs come in the order of time: what happened less than a
 * millisecond before a `drain` waits for the next one. Switched on are only the
 * events that the followed file systems need, and only for these.
 *
 * @see https://docs.kernel.org/trace/ftrace.html
 */
export class TracefsSource implements Source {
  readonly kind = 'tracefs';
  readonly sweeps = false;
  readonly #instance: TraceInstance;
  readonly #pipes: RawPipe[] = [];
  readonly #streams: CpuStream[];
  readonly #lostRecords: LostRecords;
  readonly #decoder = new PageEventDecoder();
  readonly #counting = new CountingSink();
  readonly #followed = new Map<number, FollowedFs>();
  /** Filter of each event that is on. */
  readonly #enabled = new Map<string, string>();
  readonly #onExit = (): void => {
    try {
      this.stop();
    } catch {
      // Somebody reads its files: the next start removes it.
    }
  };
  #stopped = false;

  /**
   * Makes a trace instance with all events off, and removes those that dead
   * processes left behind.
   *
   * @throws {DuetError} `DUET_ERR_TRACEFS`
   */
  constructor(options: TracefsOptions = {}) {
    if (endianness() !== 'LE') throw unsupported('trace records are read on little-endian machines only');
    removeStaleInstances();
    this.#instance = new TraceInstance(options.bufferKbPerCpu ?? defaultBufferKb());
    process.once('exit', this.#onExit);
    try {
      const cpus = this.#instance.cpus();
      const layout = parseSubBufferLayout(readTraceFile(`${this.#instance.path}/events/header_page`));
      checkRecordHeader(readTraceFile(`${this.#instance.path}/events/header_event`));
      const pages = Math.max(HELD_PAGES_MIN, Math.floor(HELD_PAGES / cpus.length));
      this.#streams = cpus.map((cpu) => {
        const pipe = new RawPipe(`${this.#instance.path}/per_cpu/cpu${cpu}/trace_pipe_raw`);
        this.#pipes.push(pipe);
        return new CpuStream((slot) => pipe.read(slot), pages, layout);
      });
      this.#lostRecords = new LostRecords(this.#instance.path, cpus);
      for (const tracepoint of REQUIRED) this.#learn(tracepoint);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  follow(fs: { readonly dev: number; readonly fsType: string }, inodes?: readonly number[]): void {
    // Also when it is followed already: after an unmount the number may be another file system's.
    this.#followed.set(fs.dev, describeFs(fs.dev, fs.fsType, inodes));
    const all = [...this.#followed.values()];
    this.#decoder.follow(all);
    for (const tracepoint of REQUIRED) this.#enable(tracepoint, all);
    for (const style of new Set(all.map((one) => one.flushStyle))) {
      const users = all.filter((one) => one.flushStyle === style);
      for (const tracepoint of FLUSH_TRACEPOINTS[style]) this.#enable(tracepoint, users);
    }
  }

  drain(sink: PageSink, budgetMs: number): boolean {
    if (this.#stopped || this.#enabled.size === 0) return false;
    const deadlineMs = performance.now() + budgetMs;
    this.#counting.target = sink;
    for (;;) {
      const watermarkNs = Number(process.hrtime.bigint()) - MARGIN_NS;
      let limitNs = watermarkNs;
      let emptied = true;
      for (const stream of this.#streams) {
        stream.fill();
        limitNs = Math.min(limitNs, stream.completeUntil(watermarkNs));
        emptied &&= stream.emptied;
      }
      const merged = mergeCpus(this.#streams, limitNs, deadlineMs, this.#decoder, this.#counting);
      if (!merged) return true;
      if (emptied) break;
      if (performance.now() >= deadlineMs) return true;
    }
    const lost = this.#lostRecords.poll(performance.now());
    if (lost > 0) {
      this.#decoder.reset();
      this.#counting.lost(lost, Number(process.hrtime.bigint()));
    }
    return false;
  }

  counters(): SourceCounters {
    return { events: this.#counting.events, lost: this.#counting.lostEvents };
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    process.off('exit', this.#onExit);
    for (const pipe of this.#pipes) pipe.close();
    this.#instance.remove();
  }

  /** Finds out the layout of a tracepoint's records; gives its name, undefined if this kernel lacks it. */
  #learn(tracepoint: Tracepoint): string | undefined {
    const format = readEventFormat(this.#instance.path, tracepoint.events);
    if (format !== undefined) this.#decoder.learn(tracepoint.kind, format);
    else if (REQUIRED.includes(tracepoint)) throw unsupported(`this kernel has no event ${tracepoint.events[0]}`);
    return format?.event;
  }

  /** Switches an event on for these file systems; one that only tells FLUSHED may be missing. */
  #enable(tracepoint: Tracepoint, users: readonly FollowedFs[]): void {
    const filter = filterFor(tracepoint.filter, users);
    if (filter === '') return;
    const event = this.#learn(tracepoint);
    if (event === undefined || this.#enabled.get(event) === filter) return;
    this.#instance.enable(event, filter);
    this.#enabled.set(event, filter);
  }
}

function defaultBufferKb(): number {
  return Math.min(BUFFER_KB, Math.max(BUFFER_KB_MIN, Math.floor(BUFFER_KB_ALL / onlineCpus().length)));
}

function unsupported(message: string): DuetError {
  return new DuetError('DUET_ERR_TRACEFS', {
    operation: 'use the kernel’s page events',
    message,
    hint: 'Use `--source cachestat`.',
  });
}

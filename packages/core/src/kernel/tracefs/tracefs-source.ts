import { endianness } from 'node:os';
import type { PageSink } from '../../model/page-sink.js';
import type { Source, SourceCounters } from '../../model/source.js';
import { CountingSink } from '../counting-sink.js';
import { defaultBufferKb } from './buffer-size.js';
import { EnabledEvents, unsupported } from './enabled-events.js';
import { checkRecordHeader, parseSubBufferLayout } from './event-format.js';
import { LostRecords } from './lost-records.js';
import { PageEventDecoder } from './page-event-decoder.js';
import { RawPipe } from './pipe.js';
import { RingReader } from './ring-reader.js';
import { readTraceFile } from './trace-file.js';
import { TraceInstance, removeStaleInstances } from './trace-instance.js';

export interface TracefsOptions {
  /**
   * Kernel buffer for each CPU, in KiB. Default: see `defaultBufferKb`.
   */
  readonly bufferKbPerCpu?: number;
  /** One that was made ahead, with all events off. */
  readonly instance?: TraceInstance;
}

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
  readonly #reader: RingReader;
  readonly #events: EnabledEvents;
  readonly #lostRecords: LostRecords;
  readonly #decoder = new PageEventDecoder();
  readonly #counting = new CountingSink();
  readonly #onExit = (): void => {
    this.#letGo();
    this.#instance.removeQuietly();
  };
  #retired = false;
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
    this.#instance = options.instance ?? new TraceInstance(options.bufferKbPerCpu ?? defaultBufferKb());
    process.once('exit', this.#onExit);
    try {
      const cpus = this.#instance.cpus();
      const layout = parseSubBufferLayout(readTraceFile(`${this.#instance.path}/events/header_page`));
      checkRecordHeader(readTraceFile(`${this.#instance.path}/events/header_event`));
      for (const cpu of cpus) this.#pipes.push(new RawPipe(`${this.#instance.path}/per_cpu/cpu${cpu}/trace_pipe_raw`));
      const reads = this.#pipes.map((pipe) => (slot: Uint8Array) => pipe.read(slot));
      this.#reader = new RingReader(reads, layout, this.#decoder);
      this.#lostRecords = new LostRecords(this.#instance.path, cpus);
      this.#events = new EnabledEvents(this.#instance, this.#decoder);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  follow(fs: { readonly dev: number; readonly fsType: string }, inodes?: readonly number[]): void {
    if (!this.#retired) this.#events.follow(fs, inodes);
  }

  drain(sink: PageSink, budgetMs: number, untilNs = Infinity): boolean {
    if (this.#retired || this.#events.isEmpty) return false;
    this.#counting.target = sink;
    const more = this.#reader.drain(this.#counting, performance.now() + budgetMs, () => Number(process.hrtime.bigint()) - MARGIN_NS, untilNs);
    if (more) return true;
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

  get descriptors(): readonly number[] {
    return this.#retired ? [] : this.#pipes.map((pipe) => pipe.fd);
  }

  retire(): void {
    if (this.#retired) return;
    this.#letGo();
    this.#instance.removeLater();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    process.off('exit', this.#onExit);
    this.#letGo();
    this.#instance.remove();
  }

  #letGo(): void {
    this.#retired = true;
    for (const pipe of this.#pipes) pipe.close();
  }
}

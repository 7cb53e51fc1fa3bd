import type { PageSink } from '../../model/page-sink.js';
import { mergeCpus } from './cpu-merge.js';
import { CpuStream } from './cpu-stream.js';
import type { ReadSubBuffer, RecordDecoder } from './cpu-stream.js';
import type { SubBufferLayout } from './event-format.js';
import { SinglePageRuns } from './single-page-runs.js';

/** Sub-buffers held in memory, of all CPUs together, and of each at least. */
const HELD_PAGES = 512;
const HELD_PAGES_MIN = 4;

/** Reads the ring buffers of all CPUs, one `read` each, and decodes their records in the order of time. */
export class RingReader {
  readonly #streams: readonly CpuStream[];
  readonly #decoder: RecordDecoder;
  readonly #runs = new SinglePageRuns();

  constructor(reads: readonly ReadSubBuffer[], layout: SubBufferLayout, decoder: RecordDecoder) {
    const held = Math.max(HELD_PAGES_MIN, Math.floor(HELD_PAGES / reads.length));
    this.#streams = reads.map((read) => new CpuStream(read, held, layout));
    this.#decoder = decoder;
  }

  /**
   * Hands on what is waiting, until `deadlineMs` (`performance.now()`); true if
   * more is waiting. `watermarkNs` gives a time such that all older records can
   * be read from that moment on. Records from `untilNs` on stay.
   */
  drain(sink: PageSink, deadlineMs: number, watermarkNs: () => number, untilNs = Infinity): boolean {
    this.#runs.target = sink;
    const more = this.#drain(deadlineMs, watermarkNs, untilNs);
    this.#runs.flush();
    return more;
  }

  #drain(deadlineMs: number, watermarkNs: () => number, untilNs: number): boolean {
    for (;;) {
      const watermark = Math.min(watermarkNs(), untilNs);
      let limitNs = watermark;
      let emptied = true;
      for (const stream of this.#streams) {
        stream.fill();
        limitNs = Math.min(limitNs, stream.completeUntil(watermark));
        emptied &&= stream.emptied;
      }
      if (!mergeCpus(this.#streams, limitNs, deadlineMs, this.#decoder, this.#runs)) return true;
      if (emptied || limitNs === untilNs) return !emptied;
      if (performance.now() >= deadlineMs) return true;
    }
  }
}

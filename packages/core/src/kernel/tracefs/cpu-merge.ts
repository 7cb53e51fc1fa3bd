import type { PageSink } from '../../model/page-sink.js';
import type { CpuStream, RecordDecoder } from './cpu-stream.js';

/** Pages decoded between two looks at the clock: one to two milliseconds. */
const PAGES_PER_LOOK = 64;

/**
 * Decodes the records of all CPUs up to `limitNs`, in the order of time, until
 * `deadlineMs` (`performance.now()`); true if it got through.
 *
 * Runs of records of one CPU are taken at once: a run ends where another CPU's
 * next record is older, so few active CPUs cost next to nothing.
 */
export function mergeCpus(
  streams: readonly CpuStream[],
  limitNs: number,
  deadlineMs: number,
  decoder: RecordDecoder,
  sink: PageSink,
): boolean {
  const active = streams.filter((stream) => stream.nextNs <= limitNs && stream.nextNs !== Infinity);
  for (let turn = 1; active.length > 0; turn += 1) {
    let oldest = 0;
    let oldestNs = active[0].nextNs;
    let secondNs = Infinity;
    for (let at = 1; at < active.length; at += 1) {
      const nextNs = active[at].nextNs;
      if (nextNs < oldestNs) {
        secondNs = oldestNs;
        oldest = at;
        oldestNs = nextNs;
      } else if (nextNs < secondNs) {
        secondNs = nextNs;
      }
    }
    const stream = active[oldest];
    stream.decodeUntil(Math.min(limitNs, secondNs), decoder, sink);
    if (stream.nextNs > limitNs || stream.nextNs === Infinity) {
      active[oldest] = active[active.length - 1];
      active.pop();
    }
    if (turn % PAGES_PER_LOOK === 0 && performance.now() >= deadlineMs) return active.length === 0;
  }
  return true;
}

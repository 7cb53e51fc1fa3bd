import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PageEvent, openDuet } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Lab } from '../lab/lab.js';
import { content } from '../tree/random.js';
import type { PageReads } from './page-reader.js';
import type { Report, Scenario } from './report.js';

const MIB = 1 << 20;
const SAMPLED_BYTES = 64 * MIB;
const SAMPLED_PAGES = SAMPLED_BYTES / 4096;
const STREAMED_BYTES = 1024 * MIB;
const SAMPLES = 1500;
const PAUSE_MS = 20;
const READ_BYTES_PER_SECOND = 200e6;

export const latencyScenario: Scenario = {
  name: 'latency',
  summary: 'from a page’s cold read to the subscriber’s batch at the default interval, idle and beside a reader of 200 MB/s',
  async run(report) {
    const lab = new Lab({ fs: 'btrfs', sizeBytes: 2048 * MIB });
    try {
      const folder = join(lab.path, 'files');
      mkdirSync(folder);
      const sampled = fill(join(folder, 'sampled'), 1, SAMPLED_BYTES);
      const streamed = fill(join(folder, 'streamed'), 2, STREAMED_BYTES);
      await lab.settle();
      tell(report, 'idle', await latencies(folder, sampled));
      lab.coldStart();
      const group = lab.group({ readBytesPerSecond: READ_BYTES_PER_SECOND });
      const reader = lab.start(['sh', '-c', 'while :; do dd if="$1" of=/dev/null bs=1M iflag=nocache status=none; done', 'sh', streamed], { group });
      const before = lab.device.bytesRead();
      const start = performance.now();
      tell(report, 'beside a reader', await latencies(folder, sampled));
      report.note('beside a reader: what the device gave', (lab.device.bytesRead() - before) / 1e3 / (performance.now() - start), 'MB/s');
      reader.kill('SIGTERM');
      await reader.result;
    } finally {
      lab.close();
    }
  },
};

/** Milliseconds from the moment before a page was asked for until it was in a batch, in ascending order. */
async function latencies(folder: string, sampled: string): Promise<number[]> {
  const duet = await openDuet({ stateDir: null, source: 'tracefs' });
  try {
    const session = duet.register({ name: 'latency', path: folder as BytePath, events: ['exists'] });
    const askedNs = new Float64Array(new SharedArrayBuffer(SAMPLED_PAGES * 8));
    const found: number[] = [];
    session.items$.subscribe((items) => {
      const nowNs = Number(process.hrtime.bigint());
      for (const { file, index, pages, events } of items) {
        if (file.path !== 'sampled' || (events & PageEvent.EXISTS) === 0) continue;
        for (let page = index; page < index + pages; page++) {
          if (askedNs[page] !== 0) found.push((nowNs - askedNs[page]) / 1e6);
          // Once a page: it may be reclaimed and brought in again.
          askedNs[page] = 0;
        }
      }
    });
    await session.ready;
    const workerData: PageReads = { file: sampled, pages: SAMPLED_PAGES, count: SAMPLES, pauseMs: PAUSE_MS, askedNs };
    await once(new Worker(new URL('./page-reader.js', import.meta.url), { workerData }), 'exit');
    for (let waited = 0; found.length < SAMPLES && waited < 50; waited++) await sleep(20);
    return found.toSorted((a, b) => a - b);
  } finally {
    await duet.close();
  }
}

function tell(report: Report, when: string, sorted: readonly number[]): void {
  const quantile = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  report.bar(`${when}: pages told, of ${SAMPLES} read`, sorted.length, '', '=', SAMPLES);
  report.bar(`${when}: latency, median`, quantile(0.5), 'ms', '<=', 15);
  report.bar(`${when}: latency, p99`, quantile(0.99), 'ms', '<=', 40);
  report.note(`${when}: latency, longest`, quantile(1), 'ms');
}

function fill(path: string, stream: number, bytes: number): string {
  const fd = openSync(path, 'wx');
  for (const piece of content(1, stream, bytes)) writeSync(fd, piece);
  closeSync(fd);
  return path;
}

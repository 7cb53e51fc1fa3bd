import { closeSync, openSync, readSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { noReadahead } from '../lab/fadvise.js';
import { Random } from '../tree/random.js';

/** What the thread that reads single pages is told. */
export interface PageReads {
  readonly file: string;
  readonly pages: number;
  /** How many pages are read, each once, and the mean pause between two. */
  readonly count: number;
  readonly pauseMs: number;
  /** By page: nanoseconds of CLOCK_MONOTONIC just before it was asked for; 0: it was not. */
  readonly askedNs: Float64Array;
}

const { file, pages, count, pauseMs, askedNs } = workerData as PageReads;
const random = new Random(3);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const page = Buffer.alloc(4096);
const fd = openSync(file, 'r');
noReadahead(fd);
for (const index of random.shuffle(Array.from({ length: pages }, (_, i) => i)).slice(0, count)) {
  // Twice the mean at most: no beat with the intervals of what is measured.
  Atomics.wait(sleeper, 0, 0, random.next() * 2 * pauseMs);
  askedNs[index] = Number(process.hrtime.bigint());
  readSync(fd, page, 0, page.length, index * page.length);
}
closeSync(fd);

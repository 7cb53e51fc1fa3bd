import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeCpus } from '../../../src/kernel/tracefs/cpu-merge.js';
import { CpuStream } from '../../../src/kernel/tracefs/cpu-stream.js';
import type { RecordDecoder } from '../../../src/kernel/tracefs/cpu-stream.js';
import { PageModel } from './page-model.js';
import { RingPage, data, pipeOf } from './ring-page.js';

const LAYOUT = { bytes: 256, dataOffset: 16 };

/** Pages of one CPU, each a list of times between records. */
const cpuPages = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 18 }), { maxLength: 8 });

describe('mergeCpus', () => {
  it('gives the records of all CPUs in the order of time, whatever the rounds', () => {
    fc.assert(
      fc.property(fc.array(cpuPages, { minLength: 1, maxLength: 6 }), fc.integer({ min: 2, max: 5 }), (cpus, slots) => {
        const expected: { timeNs: number; cpu: number; order: number }[] = [];
        const streams = cpus.map((pages, cpu) => {
          let timeNs = 0;
          let order = 0;
          const built = pages.map((deltas) => {
            const page = new RingPage(timeNs, LAYOUT.bytes);
            for (const delta of deltas) {
              timeNs += delta;
              page.record(delta, data(cpu * 1000 + order));
              expected.push({ timeNs, cpu, order });
              order += 1;
            }
            return page;
          });
          return new CpuStream(pipeOf(built), slots, LAYOUT);
        });
        const seen: { timeNs: number; cpu: number; order: number }[] = [];
        const decoder: RecordDecoder = {
          decode: (words, at, timeNs) => seen.push({ timeNs, cpu: Math.floor(words[at] / 1000), order: words[at] % 1000 }),
          reset: () => undefined,
        };
        for (let emptied = false; !emptied; ) {
          let limitNs = Infinity;
          emptied = true;
          for (const stream of streams) {
            stream.fill();
            limitNs = Math.min(limitNs, stream.completeUntil(1e9));
            emptied &&= stream.emptied;
          }
          mergeCpus(streams, limitNs, Infinity, decoder, new PageModel());
        }
        assert.deepEqual(
          seen.map((one) => one.timeNs),
          expected.map((one) => one.timeNs).sort((a, b) => a - b),
        );
        // And each CPU's own records as they came.
        for (const cpu of cpus.keys()) {
          assert.deepEqual(seen.filter((one) => one.cpu === cpu), expected.filter((one) => one.cpu === cpu));
        }
      }),
    );
  });

  it('stops at the deadline, and goes on from there', () => {
    const pages = Array.from({ length: 200 }, (_, n) => new RingPage(n * 10, 256).record(1, data(n)));
    const stream = new CpuStream(pipeOf(pages), 200, LAYOUT);
    const seen: number[] = [];
    const decoder: RecordDecoder = { decode: (words, at) => seen.push(words[at]), reset: () => undefined };
    stream.fill();
    assert.equal(mergeCpus([stream], Infinity, 0, decoder, new PageModel()), false);
    assert.equal(seen.length, 64);
    assert.equal(mergeCpus([stream], Infinity, Infinity, decoder, new PageModel()), true);
    assert.deepEqual(seen, [...pages.keys()]);
  });
});

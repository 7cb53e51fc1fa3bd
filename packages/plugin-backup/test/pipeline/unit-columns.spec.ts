import assert from 'node:assert/strict';
import type { BytePath } from '@duet/core/model';
import { entryOf, NO_ENTRIES } from '../../src/content/content-entries.js';
import type { UnitResult } from '../../src/pipeline/thread-messages.js';
import { jobColumns, jobsOf, resultColumns, resultsOf } from '../../src/pipeline/unit-columns.js';
import type { UnitJob } from '../../src/pipeline/unit-job.js';

describe('Units on their way between threads', () => {
  it('come as they were sent', () => {
    const jobs: UnitJob[] = [
      { no: 7, path: 'folder/\xff' as BytePath, ino: 2 ** 52 + 1, statDev: 0x800_0001, offset: 0, bytes: 16_384, cachedBytes: 4096, covered: 0, last: true },
      { no: 2 ** 33, path: '' as BytePath, ino: 12, statDev: 1, offset: 2 ** 40, bytes: 64, cachedBytes: undefined, covered: 2 ** 40 - 5, last: false },
    ];
    assert.deepEqual(jobsOf(structuredClone(jobColumns(jobs))), jobs);
    assert.deepEqual(jobsOf(jobColumns([])), []);
  });

  it('come back with what became of each', () => {
    const before = { size: 2 ** 40 + 1, mtimeNs: -1n, ctimeNs: 1_700_000_000_123_456_789n };
    const one = entryOf(Buffer.alloc(32, 1), 5);
    const two = Buffer.concat([entryOf(Buffer.alloc(32, 2), 6), entryOf(Buffer.alloc(32, 3), 7)]);
    const results: UnitResult[] = [
      { outcome: 'chunked', entries: one, bytesFromCache: 4096, bytesFromDisk: 8192, before, changed: false, isBare: true },
      { outcome: 'failed', error: { code: 'DUET_ERR_READ', operation: 'read', message: 'the first', offset: 3 } },
      { outcome: 'chunked', entries: NO_ENTRIES, bytesFromCache: 0, bytesFromDisk: 0, before: { size: 0, mtimeNs: 1n, ctimeNs: 2n }, changed: true, isBare: true },
      { outcome: 'aborted' },
      { outcome: 'failed', error: { code: 'DUET_ERR_VANISHED', operation: 'open', message: 'the second' } },
      { outcome: 'chunked', entries: two, bytesFromCache: 1, bytesFromDisk: 0, before, changed: true, isBare: false },
    ];
    assert.deepEqual(resultsOf(structuredClone(resultColumns(results))), results);
    assert.deepEqual(resultsOf(resultColumns([])), []);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBytes } from '@duet/core/model';
import type { TaskProgress } from '@duet/core';
import { printable, printablePath } from '../../src/render/printable.js';
import { duration, grouped, percent, size } from '../../src/render/quantity.js';
import { RateMeter } from '../../src/render/rate-meter.js';
import { liveText, progressText } from '../../src/render/run-text.js';

const PROGRESS: TaskProgress = { task: 'scrub', filesDone: 5, filesTotal: 10, bytesDone: 1 << 20, bytesTotal: 4 << 20, bytesFromCache: 1 << 19, bytesFromDisk: 1 << 19 };

describe('render', () => {
  it('lets no byte through that a terminal acts upon', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        // oxlint-disable-next-line no-control-regex
        assert.doesNotMatch(printablePath(fromBytes(bytes)), /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/);
      }),
    );
    assert.equal(printable('a\nb\t\x1b[31m\u202e'), 'a\\nb\\t\\e[31m\\u202e');
    assert.equal(printablePath(fromBytes(Buffer.from('ü'))), 'ü');
  });

  it('writes quantities', () => {
    assert.deepEqual([0, 1023, 1536, 1 << 30].map(size), ['0 B', '1023 B', '1.5 KiB', '1.0 GiB']);
    assert.deepEqual([0, 850, 12_345, 200_000, 7_500_000].map(duration), ['0ms', '850ms', '12.3s', '3m 20s', '2h 5m']);
    assert.deepEqual([percent(999, 1000), percent(0, 0), percent(3, 2)], [99, 100, 100]);
    assert.deepEqual([0, 999, 1000, 12_345, 1_234_567].map(grouped), ['0', '999', '1,000', '12,345', '1,234,567']);
  });

  it('writes progress', () => {
    assert.equal(progressText(PROGRESS, 1 << 20), 'scrub: 25%, 5/10 files, 1.0 MiB of 4.0 MiB, cache 512.0 KiB, disk 512.0 KiB, 1.0 MiB/s, 3s left');
    assert.equal(liveText(PROGRESS, 1 << 20, 120), 'scrub [=====>              ]  25%  1.0 MiB/4.0 MiB  cache 512.0 KiB  disk 512.0 KiB  1.0 MiB/s  3s left  5/10 files');
    for (let columns = 1; columns < 130; columns += 1) assert.ok(liveText(PROGRESS, 1, columns).length < Math.max(columns, 1));
    assert.match(liveText({ ...PROGRESS, bytesDone: 4 << 20 }, 1, 80), /^scrub \[={20}\] 100%/);
  });

  it('measures a rate that follows, and counts nothing that was done before', () => {
    const meter = new RateMeter(0, 1_000_000);
    meter.update(1_000_000, 1000);
    assert.equal(meter.rate, 0);
    for (let second = 2; second < 60; second += 1) meter.update(1_000_000 + second * 100, second * 1000);
    assert.ok(Math.abs(meter.rate - 100) < 1);
  });
});

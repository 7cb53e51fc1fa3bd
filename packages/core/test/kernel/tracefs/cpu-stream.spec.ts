import assert from 'node:assert/strict';
import { CpuStream } from '../../../src/kernel/tracefs/cpu-stream.js';
import type { RecordDecoder } from '../../../src/kernel/tracefs/cpu-stream.js';
import { PageModel } from './page-model.js';
import { RingPage, data, pipeOf } from './ring-page.js';

const LAYOUT = { bytes: 4096, dataOffset: 16 };

/** Notes each record's first word and time. */
class Records implements RecordDecoder {
  readonly seen: [id: number, timeNs: number][] = [];
  resets = 0;

  decode(words: Uint32Array, at: number, timeNs: number): void {
    this.seen.push([words[at], timeNs]);
  }

  reset(): void {
    this.resets += 1;
  }
}

function readAll(pages: RingPage[], slots = 4): { seen: [number, number][]; lost: number[]; resets: number } {
  const records = new Records();
  const sink = new PageModel();
  const stream = new CpuStream(pipeOf(pages), slots, LAYOUT);
  do {
    stream.fill();
    while (stream.nextNs !== Infinity) stream.decodeUntil(Infinity, records, sink);
  } while (!stream.emptied);
  return { seen: records.seen, lost: sink.calls.map((one) => one.pages), resets: records.resets };
}

describe('CpuStream', () => {
  it('reads records with short and long lengths, and adds up their times', () => {
    const page = new RingPage(1000).record(0, data(1)).record(5, data(2, 112)).longRecord(7, data(3, 200)).record(1, data(4, 4));
    assert.deepEqual(readAll([page]).seen, [[1, 1000], [2, 1005], [3, 1012], [4, 1013]]);
  });

  it('reads time extends and absolute time stamps', () => {
    const page = new RingPage(10).timeExtend(2 ** 40 + 3).record(2, data(1)).timeStamp(2 ** 45 + 1).record(4, data(2));
    assert.deepEqual(readAll([page]).seen, [[1, 2 ** 40 + 15], [2, 2 ** 45 + 5]]);
  });

  it('keeps nanoseconds of a machine that is up for a hundred days', () => {
    const start = 100 * 86_400e9;
    assert.deepEqual(readAll([new RingPage(start + 1).record(2, data(1))]).seen, [[1, start + 3]]);
  });

  it('skips discarded records and the rest of a page', () => {
    const page = new RingPage(100).record(0, data(1)).discarded(3, 24).record(2, data(2)).rest();
    assert.deepEqual(readAll([page, new RingPage(200).record(1, data(3))]).seen, [[1, 100], [2, 105], [3, 201]]);
  });

  it('goes over empty pages', () => {
    assert.deepEqual(readAll([new RingPage(1), new RingPage(2), new RingPage(3).record(1, data(9))], 2).seen, [[9, 4]]);
    assert.deepEqual(readAll([new RingPage(1).discarded(1, 8)]).seen, []);
  });

  it('tells how many records are missing, before those that follow', () => {
    const told = readAll([new RingPage(1).record(0, data(1)), new RingPage(9).record(1, data(2)).missed(77)]);
    assert.deepEqual(told, { seen: [[1, 1], [2, 10]], lost: [77], resets: 1 });
  });

  it('tells that records are missing where there is no room for the number', () => {
    const full = new RingPage(1);
    for (let record = 0; record < 340; record += 1) full.record(1, data(record));
    const told = readAll([full.missed()]);
    assert.equal(told.seen.length, 340);
    assert.deepEqual(told.lost, [1]);
  });

  it('tells of a loss on a page without records', () => {
    assert.deepEqual(readAll([new RingPage(5).missed(3)]), { seen: [], lost: [3], resets: 1 });
  });

  it('takes what stands before a record that is cut off, and counts a loss', () => {
    for (const page of [
      new RingPage(1).record(1, data(1)).record(1, data(2, 40)).truncate(4),
      new RingPage(1).record(1, data(1)).longRecord(1, data(2, 200)).truncate(100),
      new RingPage(1).record(1, data(1)).longRecord(1, data(2, 200)).truncate(200),
      new RingPage(1).record(1, data(1)).timeExtend(5).truncate(4),
    ]) {
      assert.deepEqual(readAll([page, new RingPage(50).record(1, data(3))]), { seen: [[1, 2], [3, 51]], lost: [1], resets: 1 });
    }
  });

  it('does not read past a page whose length cannot be true', () => {
    const page = new RingPage(1).record(1, data(1));
    page.bytes.writeUInt32LE(0xfffff, 8);
    assert.equal(readAll([page]).seen[0][0], 1);
  });

  it('stops at the limit, and holds the rest', () => {
    const records = new Records();
    const stream = new CpuStream(pipeOf([new RingPage(10).record(0, data(1)).record(5, data(2)).record(5, data(3))]), 2, LAYOUT);
    stream.fill();
    stream.decodeUntil(15, records, new PageModel());
    assert.deepEqual(records.seen.map(([id]) => id), [1, 2]);
    assert.equal(stream.nextNs, 20);
  });

  it('holds no more pages than it has room for, and says from where on it may be incomplete', () => {
    const pages = [1, 2, 3, 4].map((n) => new RingPage(n * 100).record(0, data(n)));
    const stream = new CpuStream(pipeOf(pages), 2, LAYOUT);
    stream.fill();
    assert.equal(stream.emptied, false);
    assert.equal(stream.completeUntil(1000), 200);
    const records = new Records();
    stream.decodeUntil(200, records, new PageModel());
    stream.decodeUntil(200, records, new PageModel());
    stream.fill();
    stream.fill();
    assert.equal(stream.completeUntil(1000), 400);
  });
});

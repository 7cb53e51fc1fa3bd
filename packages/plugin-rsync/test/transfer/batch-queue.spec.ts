import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BatchQueue } from '../../src/transfer/batch-queue.js';

const LIMITS = { bytes: 100, coldBytes: 50, files: 4, waitMs: 10, quietMs: 5 };
const item = fc.record({ bytes: fc.nat(150), isCold: fc.boolean(), isPutOff: fc.boolean() }).map(({ bytes, isCold, isPutOff }) => ({ bytes, coldBytes: isCold ? bytes : 0, isPutOff }));

describe('batches', () => {
  it('hold what came, each once and in order, within the limits, and wait no longer than they may', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ weight: item, laterMs: fc.nat(6) })), (arrivals) => {
        const queue = new BatchQueue<number>(LIMITS);
        const taken: number[] = [];
        const since: number[] = [];
        let nowMs = 0;
        const takeDue = (): void => {
          for (let batch = queue.take(nowMs); batch !== undefined; batch = queue.take(nowMs)) {
            const weights = batch.map((i) => arrivals[i].weight);
            const sum = (key: 'bytes' | 'coldBytes'): number => weights.reduce((total, weight) => total + weight[key], 0);
            assert.ok(batch.length > 0 && batch.length <= LIMITS.files);
            assert.ok(batch.length === 1 || (sum('bytes') <= LIMITS.bytes && sum('coldBytes') <= LIMITS.coldBytes));
            taken.push(...batch);
          }
          const left = since.slice(taken.length).filter((_, i) => !arrivals[taken.length + i].weight.isPutOff);
          for (const at of left) assert.ok(nowMs - at < LIMITS.waitMs, 'one waited too long');
          if (left.length > 0) assert.ok(nowMs - Math.max(...left) < LIMITS.quietMs, 'one waited although none came');
        };
        arrivals.forEach(({ weight, laterMs }, i) => {
          // It says when it is due next, and is asked then.
          for (const end = nowMs + laterMs; nowMs < end; ) {
            nowMs = Math.min(end, nowMs + queue.dueMs(nowMs));
            takeDue();
          }
          queue.add(i, weight, nowMs);
          since.push(nowMs);
          takeDue();
        });
        // Behind the last one none is waited for.
        queue.last();
        takeDue();
        assert.equal(queue.length, 0);
        assert.deepEqual(taken, arrivals.map((_, i) => i));
        assert.equal(queue.dueMs(nowMs), Infinity);
      }),
    );
  });

  it('wait for others, unless they are full', () => {
    const queue = new BatchQueue<string>(LIMITS);
    queue.add('a', { bytes: 10, coldBytes: 0 }, 0);
    assert.equal(queue.take(4), undefined);
    assert.equal(queue.dueMs(4), 1);
    queue.add('b', { bytes: 10, coldBytes: 0 }, 4);
    queue.add('c', { bytes: 10, coldBytes: 0 }, 8);
    assert.equal(queue.dueMs(8), 2);
    queue.add('d', { bytes: 50, coldBytes: 50 }, 9);
    assert.deepEqual(queue.take(9), ['a', 'b', 'c', 'd']);
  });

  it('take along what was put off, which is not waited for, nor waits for longer than there are others', () => {
    const queue = new BatchQueue<string>(LIMITS);
    const add = (item: string, isPutOff: boolean, nowMs: number): void => queue.add(item, { bytes: 1, coldBytes: 0, isPutOff }, nowMs);
    add('a', true, 0);
    assert.equal(queue.dueMs(1000), Infinity);
    assert.equal(queue.take(1000), undefined);
    add('b', false, 1001);
    add('c', true, 1004);
    assert.equal(queue.dueMs(1004), 2);
    assert.deepEqual(queue.take(1006), ['a', 'b', 'c']);
    for (const item of ['d', 'e', 'f', 'g']) add(item, true, 2000);
    assert.deepEqual(queue.take(2000), ['d', 'e', 'f', 'g']);
    add('h', true, 3000);
    queue.last();
    assert.deepEqual(queue.take(3000), ['h']);
  });

  it('do not part a group that fits, unless they would be less than half full', () => {
    const queue = new BatchQueue<string>(LIMITS);
    for (const name of ['a1', 'a2', 'b1', 'b2', 'b3', 'c1']) queue.add(name, { bytes: 1, coldBytes: 0, group: name[0] }, 0);
    assert.deepEqual(queue.take(0), ['a1', 'a2']);
    assert.deepEqual(queue.take(0), ['b1', 'b2', 'b3']);
    for (const name of ['d1', 'd2', 'd3', 'd4']) queue.add(name, { bytes: 1, coldBytes: 0, group: name[0] }, 0);
    assert.deepEqual(queue.take(0), ['c1', 'd1', 'd2', 'd3']);
    queue.last();
    assert.deepEqual(queue.take(0), ['d4']);
  });
});

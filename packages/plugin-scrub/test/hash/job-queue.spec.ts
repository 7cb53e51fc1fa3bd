import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JobQueue } from '../../src/hash/job-queue.js';

const MIB = 1024 * 1024;

function queueOf(bytes: readonly number[]): JobQueue<{ bytes: number }> {
  const queue = new JobQueue<{ bytes: number }>();
  for (const one of bytes) queue.add({ bytes: one });
  return queue;
}

describe('JobQueue', () => {
  it('gives back what came, in order, in messages that are not too large', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 * MIB })), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (all, mosts) => {
        const queue = queueOf(all);
        const taken: number[] = [];
        for (let i = 0; queue.length > 0; i++) {
          const most = mosts[i % mosts.length];
          const message = queue.take(most).map(({ bytes }) => bytes);
          const bytes = message.reduce((sum, one) => sum + one, 0);
          assert.ok(message.length > 0 && message.length <= Math.min(most, 128));
          assert.ok(message.length === 1 || bytes <= 4 * MIB);
          taken.push(...message);
        }
        assert.deepEqual(taken, all);
        assert.deepEqual(queue.take(1), []);
      }),
    );
  });

  it('is worth a message to a busy thread from 64 jobs or 1 MiB on', () => {
    assert.equal(queueOf(Array.from({ length: 63 }, () => 4096)).isWorthwhile, false);
    assert.equal(queueOf(Array.from({ length: 64 }, () => 0)).isWorthwhile, true);
    assert.equal(queueOf([MIB - 1]).isWorthwhile, false);
    const queue = queueOf([MIB]);
    assert.equal(queue.isWorthwhile, true);
    queue.take(1);
    assert.equal(queue.isWorthwhile, false);
    queue.add({ bytes: MIB });
    assert.equal(queue.takeAll().length, 1);
    assert.equal(queue.isWorthwhile, false);
  });
});

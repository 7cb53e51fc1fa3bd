import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteBucket } from '../../../src/planner/throttle/index.js';

describe('ByteBucket', () => {
  it('lets a quarter of a second through at once, then makes wait', () => {
    const bucket = new ByteBucket(1000, 0);
    bucket.spend(250, 0);
    assert.equal(bucket.waitMs(0), 0);
    bucket.spend(100, 0);
    assert.equal(bucket.waitMs(0), 100);
    assert.equal(bucket.waitMs(60), 40);
    assert.equal(bucket.waitMs(100), 0);
  });

  it('saves up no more than that', () => {
    const bucket = new ByteBucket(1000, 0);
    bucket.spend(250, 0);
    bucket.spend(251, 1_000_000);
    assert.equal(bucket.waitMs(1_000_000), 1);
  });

  it('bounds nothing if the rate is Infinity', () => {
    const bucket = new ByteBucket(Infinity, 0);
    bucket.spend(1e15, 0);
    assert.equal(bucket.waitMs(0), 0);
  });

  it('keeps the rate, and loses none of it, whatever the sizes of reads', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 100, max: 1_000_000 }), (reads, bytesPerSecond) => {
        const bucket = new ByteBucket(bytesPerSecond, 0);
        let [nowMs, total] = [0, 0];
        for (const bytes of reads) {
          nowMs += bucket.waitMs(nowMs);
          bucket.spend(bytes, nowMs);
          total += bytes;
        }
        nowMs += bucket.waitMs(nowMs);
        const allowed = bytesPerSecond * (nowMs / 1000 + 0.25);
        assert.ok(total <= allowed * 1.000001, `${total} bytes instead of ${allowed}`);
        if (nowMs > 0) assert.ok(total >= allowed - bytesPerSecond * 0.25 - 1e-3);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventQueue } from '../../src/simulate/event-queue.js';

describe('EventQueue', () => {
  it('gives events by time, and those of one time in the order in which they came (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 300 }), (steps) => {
        const queue = new EventQueue();
        const model: { atMs: number; what: number }[] = [];
        for (const [what, atMs] of steps.entries()) {
          if (atMs !== null) {
            queue.add(atMs, what);
            model.push({ atMs, what });
          } else if (model.length > 0) {
            const first = model.reduce((a, b) => (b.atMs < a.atMs ? b : a));
            model.splice(model.indexOf(first), 1);
            assert.equal(queue.nextMs, first.atMs);
            assert.equal(queue.take(), first.what);
          }
          assert.equal(queue.size, model.length);
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LruCache } from '../../src/simulate/lru-cache.js';

const UNITS = 8;

describe('LruCache', () => {
  it('holds what a list holds whose last ones were used last (property)', () => {
    const step = fc.record({ do: fc.constantFrom('use' as const, 'use' as const, 'remove' as const), unit: fc.nat({ max: UNITS - 1 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (capacity, steps) => {
        const evicted: number[] = [];
        const cache = new LruCache(UNITS, capacity, (unit) => evicted.push(unit));
        let model: number[] = [];
        const left: number[] = [];
        for (const one of steps) {
          cache[one.do](one.unit);
          model = model.filter((unit) => unit !== one.unit);
          if (one.do === 'use') model.push(one.unit);
          if (model.length > capacity) left.push(model.shift() as number);
          for (let unit = 0; unit < UNITS; unit++) assert.equal(cache.has(unit), model.includes(unit));
          assert.equal(cache.free, capacity - model.length);
          assert.deepEqual(evicted, left);
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ClassHeaps } from '../../src/planner/class-heaps.js';

describe('ClassHeaps', () => {
  it('have on top of each class the unit whose turn it is (property)', () => {
    const change = fc.record({ unit: fc.nat({ max: 400 }), kind: fc.nat({ max: 1 }), open: fc.integer({ min: 1, max: 3 }), closed: fc.constantFrom(0, 0, 4), rank: fc.nat({ max: 20 }), remove: fc.boolean(), leave: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: 'max' }), (changes) => {
        const members = new Map<number, { kind: number; open: number; closed: number }>();
        const rank = new Map<number, number>();
        const before = (a: number, b: number): boolean => rank.get(a)! < rank.get(b)! || (rank.get(a) === rank.get(b) && a < b);
        const heaps = new ClassHeaps([before, (a, b) => before(b, a)]);
        for (const { unit, kind, open, closed, rank: to, remove, leave } of changes) {
          if (leave !== 0) {
            heaps.removeTask(leave);
            for (const [one, of] of members) {
              of.open &= ~leave;
              of.closed &= ~leave;
              if (of.open === 0) members.delete(one);
            }
          } else if (remove) {
            heaps.remove(unit, unit);
            members.delete(unit);
          } else {
            rank.set(unit, to);
            heaps.put(unit, kind, open, closed, unit);
            members.set(unit, { kind, open, closed });
          }
          for (const which of [0, 1]) {
            const classes = new Map<string, number[]>();
            for (const [one, of] of members) if (of.kind === which) classes.set(`${of.open} ${of.closed}`, [...(classes.get(`${of.open} ${of.closed}`) ?? []), one]);
            const expected = [...classes].map(([key, units]) => ({ key, size: units.length, bytes: units.reduce((a, b) => a + b), top: units.sort((a, b) => (before(a, b) === (which === 0) ? -1 : 1))[0] }));
            const found = heaps.of(which).map((heap) => ({ key: `${heap.open} ${heap.closed}`, size: heap.size, bytes: heap.bytes, top: heap.top }));
            const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
            assert.deepEqual(found.sort(byKey), expected.sort(byKey));
            assert.equal(heaps.count(which), expected.reduce((sum, { size }) => sum + size, 0));
          }
        }
      }),
    );
  });
});

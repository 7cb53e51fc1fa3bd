import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BY_DOUBLING, BY_QUARTERS, EMPTY, IdTable } from '../../src/model/index.js';

/** Looks for an id as the table's owners do. */
function has(table: IdTable, hash: number, id: number): boolean {
  for (let at = table.home(hash); table.ids[at] !== EMPTY; at = table.after(at)) if (table.ids[at] === id) return true;
  return false;
}

describe('IdTable', () => {
  it('holds the ids that were added and not removed, however badly they are spread', () => {
    const step = fc.record({ id: fc.integer({ min: 0, max: 299 }), add: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), fc.integer({ min: 1, max: 64 }), fc.constantFrom(BY_DOUBLING, BY_QUARTERS, { ...BY_QUARTERS, from: 0 }, { ...BY_QUARTERS, from: 256 }), (steps, spread, growth) => {
        // Negative ones are at home at the end of the table, where looking goes on at its start.
        const hashOf = (id: number): number => -(id % spread);
        const table = new IdTable(hashOf, growth);
        const ids = new Set<number>();
        for (const { id, add } of steps) {
          if (add === ids.has(id)) continue;
          if (add) table.add(id);
          else table.remove(id);
          if (add) ids.add(id);
          else ids.delete(id);
        }
        assert.equal(table.size, ids.size);
        for (let id = 0; id < 300; id++) assert.equal(has(table, hashOf(id), id), ids.has(id));
      }),
    );
  });
});

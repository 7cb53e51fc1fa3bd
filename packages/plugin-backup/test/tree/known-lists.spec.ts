import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ListPages } from '../../src/content/list-pages.js';
import { KnownLists } from '../../src/tree/known-lists.js';
import type { KnownList } from '../../src/tree/known-lists.js';
import { MapState } from '../map-state.js';

const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
const listOf = (number: number): KnownList => ({ id: sha(`id ${number}`), files: number % 2 ** 32, bytes: number * 2 ** 22 });
const numbers = fc.uniqueArray(fc.nat(5000), { maxLength: 200 });

/** Records of the lists with these numbers. */
function recordsOf(lists: readonly number[]): Uint8Array {
  const known = new KnownLists(new Uint8Array());
  for (const number of lists) known.keep(sha(String(number)), listOf(number));
  return known.kept();
}

describe('lists that are known', () => {
  it('are found by their keys, and no others', () => {
    fc.assert(
      fc.property(numbers, numbers, (kept, asked) => {
        const known = new KnownLists(recordsOf(kept));
        for (const number of [...kept, ...asked]) assert.deepEqual(known.find(sha(String(number))), kept.includes(number) ? listOf(number) : undefined);
        assert.equal(known.kept().length, 0, 'what is not kept anew is forgotten');
      }),
    );
  });

  it('stay in the state from one walk to the next, where only what changed is written', () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 6 }), (walks) => {
        const state = new MapState();
        state.map.set('l/other/000', Uint8Array.of(1));
        for (const walk of walks) {
          const records = recordsOf(walk);
          new ListPages(state, 'scope').save(records);
          assert.deepEqual(Buffer.from(new ListPages(state, 'scope').load()), Buffer.from(records));
          const { writes } = state;
          new ListPages(state, 'scope').save(records);
          assert.equal(state.writes, writes);
        }
        assert.deepEqual(state.map.get('l/other/000'), Uint8Array.of(1));
      }),
    );
  });

  it('leave pages alone in which nothing changed', () => {
    const state = new MapState();
    const many = Array.from({ length: 20_000 }, (_, i) => i);
    new ListPages(state, 'scope').save(recordsOf(many));
    state.writes = 0;
    new ListPages(state, 'scope').save(recordsOf(many.slice(0, -1).concat(30_000)));
    assert.ok(state.writes === 1 || state.writes === 2, `${state.writes} writes`);
  });
});

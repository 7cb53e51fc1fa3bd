import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { BlobType } from '../../src/repository/blob.js';
import { BlobIndex } from '../../src/repository/blob-index.js';
import { indexOf } from '../../src/repository/index-file.js';

const idOf = (n: number): Buffer => createHash('sha256').update(String(n)).digest();

/** Else records have no prototype now and then, which deepEqual minds. */
const PLAIN = { noNullPrototype: true };

const blob = fc.record({
  type: fc.constantFrom<BlobType>('data', 'tree'),
  id: fc.nat(300).map((n): Uint8Array => idOf(n)),
  offset: fc.nat(2 ** 31 - 1),
  length: fc.integer({ min: 32, max: 2 ** 31 - 1 }),
  uncompressedLength: fc.oneof(fc.constant(0), fc.nat(2 ** 31 - 1)),
}, PLAIN);
const packs = fc.array(fc.record({ id: fc.nat(1e6).map((n): Uint8Array => idOf(n + 1000)), blobs: fc.array(blob, { maxLength: 60 }) }, PLAIN), { maxLength: 20 });

describe('BlobIndex', () => {
  it('finds the first place of each blob, as a map of names does', () => {
    fc.assert(
      fc.property(packs, (entries) => {
        const index = new BlobIndex();
        const model = new Map<string, object>();
        for (const entry of entries) {
          for (const pack of indexOf([entry]).packs) index.add(pack);
          for (const { type, id, ...place } of entry.blobs) {
            const key = `${type} ${Buffer.from(id).toString('hex')}`;
            if (!model.has(key)) model.set(key, { ...place, pack: entry.id });
          }
        }
        for (const type of ['data', 'tree'] as const) {
          for (let n = 0; n <= 300; n++) {
            const expected = model.get(`${type} ${idOf(n).toString('hex')}`);
            assert.deepEqual(index.find(type, idOf(n)), expected);
            assert.equal(index.has(type, idOf(n)), expected !== undefined);
          }
          assert.deepEqual([...index.ids(type)].map((id) => `${type} ${id.toString('hex')}`), [...model.keys()].filter((key) => key.startsWith(type)));
        }
        assert.equal(index.size, model.size);
        assert.equal(index.packs, new Set(entries.map(({ id }) => Buffer.from(id).toString('hex'))).size);
      }),
    );
  });

  it('grows to a hundred thousand blobs', () => {
    const index = new BlobIndex();
    for (let n = 0; n < 100_000; n += 1000) {
      const blobs = Array.from({ length: 1000 }, (_, i) => ({ type: 'data' as const, id: idOf(n + i), offset: i, length: n + i + 32, uncompressedLength: 0 }));
      for (const pack of indexOf([{ id: idOf(1e6 + n), blobs }]).packs) index.add(pack);
    }
    for (const n of [0, 63, 64, 999, 65_537, 99_999]) {
      const place = index.find('data', idOf(n))!;
      assert.deepEqual([place.length, place.offset, place.pack], [n + 32, n % 1000, idOf(1e6 + n - (n % 1000))]);
      assert.equal(index.contentBytes('data', idOf(n)), n);
    }
    assert.equal(index.find('data', idOf(100_000)), undefined);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BlobType, PackEntry } from '../../src/repository/blob.js';
import { decodeIndex, indexOf, packEntryOf } from '../../src/repository/index-file.js';

describe('index files', () => {
  const id = Buffer.alloc(32, 0xab);
  const blob = { id, type: 'data', offset: 0, length: 0xffff_ffff, uncompressedLength: 0 } as const;
  const json = { id: 'ab'.repeat(32), type: 'data', offset: 0, length: 40 };
  const withBlob = (item: unknown): object => ({ packs: [{ id: 'cd'.repeat(32), blobs: [json, item] }] });

  const read = (packs: readonly PackEntry[]): PackEntry[] | undefined => decodeIndex(JSON.parse(JSON.stringify(indexOf(packs))))?.packs.map(packEntryOf);

  it('say what was written', () => {
    const packs = [{ id: Buffer.alloc(32, 1), blobs: [blob, { ...blob, type: 'tree' as const, uncompressedLength: 9 }] }];
    assert.deepEqual(read(packs), packs);
  });

  it('are none with a blob that is none', () => {
    assert.ok(decodeIndex(withBlob({ ...json, uncompressed_length: 5 })));
    for (const item of [null, 1, [], {}, { ...json, id: 'AB'.repeat(32) }, { ...json, id: 'ab' }, { ...json, type: 'key' }, { ...json, offset: -1 }, { ...json, length: 2 ** 32 }, { ...json, length: 1.5 }, { ...json, offset: '1' }, { ...json, uncompressed_length: null }]) {
      assert.equal(decodeIndex(withBlob(item)), undefined, JSON.stringify(item));
    }
  });

  it('are none where a pack has no list of blobs', () => {
    for (const pack of [{}, { blobs: null }, { blobs: {} }, { blobs: 'x' }, { blobs: json }]) {
      assert.equal(decodeIndex({ packs: [{ id: 'cd'.repeat(32), ...pack }] }), undefined, JSON.stringify(pack));
    }
  });

  it('say what was written, whatever it was', () => {
    // Else records have no prototype now and then, which deepEqual minds.
    const plain = { noNullPrototype: true };
    const number = fc.nat(2 ** 31 - 1);
    const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Uint8Array => Buffer.from(bytes));
    const anyBlob = fc.record({ type: fc.constantFrom<BlobType>('data', 'tree'), id: anyId, offset: number, length: number, uncompressedLength: fc.oneof(fc.constant(0), number) }, plain);
    const anyPacks = fc.array(fc.record({ id: anyId, blobs: fc.array(anyBlob, { maxLength: 60 }) }, plain), { maxLength: 20 });
    fc.assert(fc.property(anyPacks, (entries: PackEntry[]) => assert.deepEqual(read(entries), entries)));
  });

  it('understand `supersedes`, null too', () => {
    const name = 'ab'.repeat(32);
    assert.deepEqual(decodeIndex({ supersedes: [name], packs: [] })?.supersedes, [name]);
    assert.equal(decodeIndex({ supersedes: null, packs: [] })?.supersedes, null);
    assert.equal(decodeIndex({ supersedes: ['ab'], packs: [] }), undefined);
  });

  for (const bad of [null, {}, { packs: 3 }, { packs: [{ id: 'x', blobs: [] }] }]) {
    it(`are not ${JSON.stringify(bad)}`, () => assert.equal(decodeIndex(bad), undefined));
  }
});

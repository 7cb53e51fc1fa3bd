import assert from 'node:assert/strict';
import { decodeIndex, encodeIndex } from '../../src/repository/index-file.js';

describe('index files', () => {
  const id = Buffer.alloc(32, 0xab);
  const blob = { id, type: 'data', offset: 0, length: 0xffff_ffff, uncompressedLength: 0 } as const;
  const json = { id: 'ab'.repeat(32), type: 'data', offset: 0, length: 40 };
  const withBlob = (item: unknown): object => ({ packs: [{ id: 'cd'.repeat(32), blobs: [json, item] }] });

  it('say what was written', () => {
    const packs = [{ id: Buffer.alloc(32, 1), blobs: [blob, { ...blob, type: 'tree' as const, uncompressedLength: 9 }] }];
    assert.deepEqual(decodeIndex(JSON.parse(JSON.stringify(encodeIndex(packs)))), { packs, supersedes: [] });
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
});

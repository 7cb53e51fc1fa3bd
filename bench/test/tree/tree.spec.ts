import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { content, Random } from '../../src/tree/random.js';
import { evenTree, mixedTree, nulList, pickFiles } from '../../src/tree/tree.js';

const GIB = 2 ** 30;
const gib = { seed: 1, totalBytes: GIB, minBytes: 4096, maxBytes: 64 * 2 ** 20 };

describe('trees of a lab', () => {
  it('are the same for the same seed, and others for another', () => {
    assert.deepEqual(mixedTree(gib), mixedTree(gib));
    assert.notDeepEqual(mixedTree(gib).files, mixedTree({ ...gib, seed: 2 }).files);
  });

  it('add up to exactly the size asked for, of files within the bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.integer({ min: 2 ** 20, max: 2 ** 28 }), (seed, totalBytes) => {
        const tree = mixedTree({ seed, totalBytes, minBytes: 4096, maxBytes: 2 ** 22 });
        assert.equal(tree.bytes, totalBytes);
        assert.ok(tree.files.every((file) => file.bytes >= 4096 && file.bytes <= 2 ** 22));
        assert.equal(new Set(tree.files.map((file) => file.path)).size, tree.files.length);
      }),
    );
  });

  it('have files of many sizes in many folders', () => {
    const files = mixedTree(gib).files;
    assert.ok(files.length > 100 && files.length < 400, `${files.length} files`);
    assert.ok(files.some((file) => file.bytes < 16_384) && files.some((file) => file.bytes > 32 * 2 ** 20));
    assert.ok(new Set(files.map((file) => file.path.replace(/\/[^/]*$/, ''))).size > 40);
  });

  it('of equal files put 400 into a folder', () => {
    const tree = evenTree(1, 100_000, 4096);
    assert.equal(tree.bytes, 100_000 * 4096);
    assert.equal(new Set(tree.files.map((file) => file.path.split('/')[0])).size, 250);
  });

  it('give picks close to the size asked for, from all over', () => {
    const tree = mixedTree(gib);
    const picked = pickFiles(tree, new Random(3), GIB / 2);
    const bytes = picked.reduce((sum, file) => sum + file.bytes, 0);
    assert.ok(bytes <= GIB / 2 && bytes > 0.499 * GIB, `${bytes} bytes`);
    assert.ok(new Set(picked.map((file) => file.path.split('/')[0])).size >= 6);
  });

  it('are listed with a NUL after each path', () => {
    assert.equal(nulList('/r', [{ path: 'a', bytes: 1 }, { path: 'd/b', bytes: 1 }]).toString(), '/r/a\0/r/d/b\0');
  });
});

describe('content', () => {
  const bytes = (seed: number, stream: number, length: number): Buffer => Buffer.concat([...content(seed, stream, length)]);

  it('is the same for the same seed and stream, and has the length asked for', () => {
    assert.deepEqual(bytes(1, 7, 3_000_001), bytes(1, 7, 3_000_001));
    assert.equal(bytes(1, 7, 3_000_001).length, 3_000_001);
    assert.equal(bytes(1, 7, 0).length, 0);
  });

  it('repeats no page, neither within a stream nor in another', () => {
    const hashes = new Set<string>();
    for (let stream = 0; stream < 16; stream++) {
      const all = bytes(1, stream, 2 ** 20);
      for (let page = 0; page < all.length; page += 4096) hashes.add(createHash('md5').update(all.subarray(page, page + 4096)).digest('hex'));
    }
    assert.equal(hashes.size, 16 * 256);
  });
});

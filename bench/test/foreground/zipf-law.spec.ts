import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BLOCK_BYTES, SKEW, zipfAccesses } from '../../src/foreground/accesses.js';
import { ZipfLaw } from '../../src/foreground/zipf-law.js';
import { Random } from '../../src/tree/random.js';
import { mixedTree } from '../../src/tree/tree.js';

describe('a Zipf law', () => {
  it('gives the first ranks the share of accesses that is asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 5000 }), fc.double({ min: 0.2, max: 0.9, noNaN: true }), fc.integer(), (ranks, accesses, seed) => {
        const law = new ZipfLaw(ranks, { ranks: 0.1, accesses });
        const random = new Random(seed);
        const first = Math.round(ranks * 0.1);
        const drawn = Array.from({ length: 20_000 }, () => law.draw(random));
        assert.ok(drawn.every((rank) => Number.isInteger(rank) && rank >= 0 && rank < ranks));
        // More than five standard deviations.
        assert.ok(Math.abs(drawn.filter((rank) => rank < first).length / drawn.length - accesses) < 0.02);
      }),
      { numRuns: 30 },
    );
  });

  it('draws a rank the more often the lower it is', () => {
    const law = new ZipfLaw(1000, SKEW);
    const random = new Random(1);
    const counts = new Uint32Array(1000);
    for (let draws = 0; draws < 100_000; draws++) counts[law.draw(random)]++;
    const expected = 2 ** law.exponent;
    assert.ok(Math.abs(counts[0] / counts[1] / expected - 1) < 0.1, `${counts[0]}, ${counts[1]}`);
    assert.ok(counts[0] > counts[10] && counts[10] > counts[300]);
  });

  it('has one rank at least', () => {
    assert.equal(new ZipfLaw(1, SKEW).draw(new Random(1)), 0);
  });
});

describe('accesses by a Zipf law', () => {
  const tree = mixedTree({ seed: 1, totalBytes: 2 ** 27, minBytes: 4096, maxBytes: 2 ** 24 });
  const accesses = zipfAccesses(tree, new Random(1), 100_000);

  it('are of whole blocks that the files have', () => {
    assert.ok(accesses.every(({ file, offset }) => offset % BLOCK_BYTES === 0 && offset < tree.files[file].bytes));
  });

  it('go to 10 % of the data in 60 % of the cases', () => {
    const counts = new Map<string, number>();
    for (const { file, offset } of accesses) counts.set(`${file}/${offset}`, (counts.get(`${file}/${offset}`) ?? 0) + 1);
    const blocks = tree.files.reduce((sum, { bytes }) => sum + Math.ceil(bytes / BLOCK_BYTES), 0);
    const hottest = [...counts.values()].sort((a, b) => b - a).slice(0, Math.round(blocks / 10));
    const share = hottest.reduce((sum, count) => sum + count) / accesses.length;
    assert.ok(Math.abs(share - 0.6) < 0.02, String(share));
  });

  it('are all over the tree, and the same for the same seed', () => {
    assert.ok(new Set(accesses.map(({ file }) => file)).size > 0.9 * tree.files.length);
    assert.deepEqual(zipfAccesses(tree, new Random(7), 50), zipfAccesses(tree, new Random(7), 50));
    assert.notDeepEqual(zipfAccesses(tree, new Random(7), 50), zipfAccesses(tree, new Random(8), 50));
  });
});

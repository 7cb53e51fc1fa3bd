import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../../src/model/index.js';
import { isBelowTop, sharesNumbers } from '../../../src/kernel/probe/index.js';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { needsRealKernel, withLoopFs } from '../loop-fs.js';

const TOP = 5;

describe('sharesNumbers', () => {
  it('is for btrfs alone', () => {
    assert.equal(sharesNumbers(-1, 0), false);
    assert.deepEqual([0, TOP, 256].map(isBelowTop), [false, false, true]);
  });

  it('is yes where nobody tells', () => assert.equal(sharesNumbers(-1, TOP), true));

  it('knows of a subvolume wherever it is, and the next scan does too', async function () {
    this.timeout(60_000);
    needsRealKernel(this);
    await withLoopFs('btrfs', { sizeMiB: 128 }, async (top) => {
      const file = join(top, 'f');
      writeFileSync(file, 'x');
      const scanner = new ThreadScanner(fromText(file));
      const scan = async (): Promise<boolean[]> => {
        const found: boolean[] = [];
        for await (const { newFs } of scanner.scan({ residency: false, physical: false })) found.push(...newFs.map((fs) => fs.sharesNumbers));
        return found;
      };
      const ask = (): boolean => {
        const fd = openSync(file, 'r');
        try {
          return sharesNumbers(fd, TOP);
        } finally {
          closeSync(fd);
        }
      };
      try {
        assert.deepEqual([ask(), await scan()], [false, [false]]);
        execFileSync('btrfs', ['-q', 'subvolume', 'create', join(top, 'sub')]);
        assert.deepEqual([ask(), await scan()], [true, [true]]);
      } finally {
        await scanner.close();
      }
    });
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText } from '../../../src/model/index.js';
import { Root } from '../../../src/kernel/read/index.js';
import { BatchBuilder } from '../../../src/kernel/scan/batch-builder.js';
import { monotonicNs } from '../../../src/kernel/scan/clock.js';
import { TreeWalk } from '../../../src/kernel/scan/tree-walk.js';
import { FileLook } from '../../../src/kernel/scan/file-look.js';
import { cachePages, dropCache, flush } from '../cache-control.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

/** What a look tells of a file to which `meanwhile` happens between the count of its pages and the reading of its state. */
function seen(path: string, meanwhile: () => void = () => undefined): number[] {
  const look = new FileLook();
  const fd = openSync(path, 'r');
  try {
    assert.equal(look.read(fd, true), 0);
    meanwhile();
    assert.equal(look.stat.read(fd), 0);
    assert.equal(look.readCache(fd, true), true);
    return [...look.runs.flat];
  } finally {
    closeSync(fd);
  }
}

for (const fsType of LOOP_FS_TYPES) {
  describe(`FileLook on ${fsType}`, function () {
    // The kernel may take pages back between two looks.
    this.retries(2);
    let fs: LoopFs;
    let file: string;

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType);
      file = join(fs.mountPoint, 'file');
    });
    after(() => fs?.remove());
    beforeEach(async () => {
      writeFileSync(file, Buffer.alloc(8 * 4096, 1));
      flush(file);
      // Times are told to a tick of the clock.
      await sleep(50);
    });

    it('tells what is cached of a file that was left alone', () => {
      dropCache(file);
      assert.deepEqual(seen(file), []);
      cachePages(file, 4, 4);
      assert.deepEqual(seen(file), [4, 4, 0]);
      cachePages(file, 0, 8);
      assert.deepEqual(seen(file), [0, 8, 0]);
    });

    it('does not take pages that were cut off since they were counted for others', () => {
      dropCache(file);
      cachePages(file, 4, 4);
      assert.deepEqual(seen(file, () => truncateSync(file, 4 * 4096)), []);
    });
  });
}

describe('A scan of a tmpfs', () => {
  it('does not take pages that are kept behind the end of a file for those within', async () => {
    const folder = mkdtempSync('/dev/shm/duet-look-');
    try {
      const file = join(folder, 'file');
      writeFileSync(file, Buffer.alloc(4096, 1));
      truncateSync(file, 4 * 4096);
      execFileSync('fallocate', ['--keep-size', '--offset', String(4 * 4096), '--length', String(3 * 4096), file]);
      await sleep(50);
      const root = Root.open(fromText(folder));
      const walk = new TreeWalk(root, { residency: true, physical: false });
      const resident: number[] = [];
      // A batch also ends when it took long, with nothing in it perhaps.
      for (let more = true; more; ) {
        const batch = new BatchBuilder(monotonicNs());
        more = walk.advance(batch, () => false);
        resident.push(...batch.build([]).batch.residency.resident);
      }
      assert.deepEqual(resident, [1]);
      walk.close();
      root.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

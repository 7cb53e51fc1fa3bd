import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { CacheProbe, extentAt, firstPhysical, generationOfHandle, generationOfOpen, ResidencyRuns, residencyKnown, subvolumeOfHandle } from '../../../src/kernel/probe/index.js';
import { Advice, cachedPages, cachestat, fadvise, FileHandle } from '../../../src/kernel/syscalls/index.js';
import { residentBytes } from '../../../src/kernel/read/index.js';
import { cachePages, dropCache, flush } from '../cache-control.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

const PAGES = 4096;

for (const fsType of LOOP_FS_TYPES) {
  describe(`CacheProbe on ${fsType}`, function () {
    this.timeout(60_000);
    // The kernel may take pages back between two looks.
    this.retries(2);
    let fs: LoopFs;
    let file: string;

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType);
      file = join(fs.mountPoint, 'file');
      writeFileSync(file, Buffer.alloc(PAGES * 4096, 1));
      flush(file);
    });
    after(() => fs?.remove());

    function probe(path = file, cachestat = true): ResidencyRuns {
      const fd = openSync(path, 'r');
      const runs = new ResidencyRuns();
      try {
        assert.equal(new CacheProbe(cachestat).read(fd, Math.ceil(statSync(path).size / 4096), 0, runs), true);
        return runs;
      } finally {
        closeSync(fd);
      }
    }

    /** What the kernel's own program says. */
    function fincorePages(path = file): number {
      return Number(execFileSync('fincore', ['--noheadings', '--output', 'PAGES', path], { encoding: 'utf8' }).trim());
    }

    it('tells none, all, and exactly the pages in between, with cachestat or without', () => {
      dropCache(file);
      for (const cachestat of [true, false]) assert.deepEqual(probe(file, cachestat).flat, []);
      cachePages(file, 17, 3);
      cachePages(file, 3000, 1);
      for (const cachestat of [true, false]) {
        const runs = probe(file, cachestat);
        assert.deepEqual(runs.flat, [17, 3, 0, 3000, 1, 0]);
        assert.deepEqual([runs.resident, runs.dirty], [4, 0]);
      }
      assert.equal(fincorePages(), 4);
      cachePages(file, 0, PAGES);
      for (const cachestat of [true, false]) assert.deepEqual(probe(file, cachestat).flat, [0, PAGES, 0]);
    });

    it('tells pages that are still being read as well, as their ADDED did', () => {
      const probe = new CacheProbe();
      const runs = new ResidencyRuns();
      let compared = 0;
      for (let tries = 0; tries < 50; tries++) {
        dropCache(file);
        const fd = openSync(file, 'r');
        try {
          fadvise(fd, 0, PAGES * 2048, Advice.WILLNEED);
          const before = probe.count(fd, 0, PAGES, 0);
          assert.equal(probe.read(fd, PAGES, 0, runs), true);
          if (before === 0 || before !== probe.count(fd, 0, PAGES, 0)) continue;
          compared += 1;
          assert.equal(runs.resident, before);
        } finally {
          closeSync(fd);
        }
      }
      assert.ok(compared > 0);
    });

    it('agrees with mincore on random sets of pages', () => {
      fc.assert(
        fc.property(fc.uniqueArray(fc.nat(PAGES - 1), { maxLength: 40 }), (pages) => {
          dropCache(file);
          for (const page of pages) cachePages(file, page, 1);
          const runs = probe();
          assert.equal(runs.resident, fincorePages());
          assert.deepEqual(probe(file, false).flat, runs.flat);
          const told = new Set<number>();
          for (let i = 0; i < runs.flat.length; i += 3) for (let n = 0; n < runs.flat[i + 1]; n++) told.add(runs.flat[i] + n);
          assert.deepEqual([...told].sort((a, b) => a - b), [...pages].sort((a, b) => a - b));
        }),
        { numRuns: 20 },
      );
    });

    /** Pages of all runs, and all that cachestat counts in the file's cache. */
    function told(path: string): { inRuns: number; cached: number } {
      const { flat } = probe(path);
      let inRuns = 0;
      for (let i = 0; i < flat.length; i += 3) inRuns += flat[i + 1];
      const fd = openSync(path, 'r');
      cachestat(fd, 0, 0);
      closeSync(fd);
      return { inRuns, cached: cachedPages() };
    }

    it('tells pages that are cached and not up to date, which mincore leaves out', () => {
      const path = join(fs.mountPoint, 'tail');
      writeFileSync(path, 'the end of a block');
      dropCache(path);
      // ext4 clears the rest of the old last block in the cache, and does not read the page for that.
      const fd = openSync(path, 'r+');
      writeSync(fd, Buffer.alloc(30_000, 2), 0, 30_000, 14_000);
      closeSync(fd);
      const { inRuns, cached } = told(path);
      assert.ok(cached >= 8);
      assert.equal(inRuns, cached);
    });

    it('tells pages behind the end of the file: its last folio may reach beyond, and the file may grow', () => {
      const path = join(fs.mountPoint, 'cut');
      writeFileSync(path, Buffer.alloc(8 * 4096, 1));
      // xfs cannot split a dirty folio: all of it stays.
      truncateSync(path, 610);
      const { inRuns, cached } = told(path);
      assert.equal(probe(path).resident, 1);
      assert.equal(inRuns, cached);
      if (fsType === 'xfs') assert.equal(cached, 8);
    });

    it('tells the same where the count of all pages says it alone, for files of any length, cached in any way', () => {
      const path = join(fs.mountPoint, 'counted');
      const alone = { none: 0, all: 0, behind: 0 };
      const probe = new CacheProbe();
      const [counted, looked] = [new ResidencyRuns(), new ResidencyRuns()];
      const step = fc.oneof(
        fc.record({ what: fc.constantFrom('drop', 'all', 'flush'), at: fc.constant(0), pages: fc.constant(0) }),
        fc.record({ what: fc.constantFrom('cache', 'write', 'cut'), at: fc.nat(70), pages: fc.integer({ min: 1, max: 20 }) }),
      );
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 70 * 4096 }), fc.array(step, { maxLength: 6 }), (bytes, steps) => {
          writeFileSync(path, Buffer.alloc(bytes, 1));
          for (const { what, at, pages } of steps) {
            const all = Math.ceil(statSync(path).size / 4096);
            if (what === 'drop') dropCache(path);
            else if (what === 'flush') flush(path);
            else if (what === 'all') cachePages(path, 0, all);
            else if (what === 'cache' && at < all) cachePages(path, at, Math.min(pages, all - at));
            else if (what === 'cut') truncateSync(path, at * 4096 + pages);
            else if (what === 'write') {
              const fd = openSync(path, 'r+');
              writeSync(fd, Buffer.alloc(pages * 1000, 2), 0, pages * 1000, at * 4096);
              closeSync(fd);
            }
          }
          const fd = openSync(path, 'r');
          try {
            const pages = Math.ceil(statSync(path).size / 4096);
            probe.countAll(fd);
            const isTold = probe.readCounted(pages, counted);
            assert.equal(probe.read(fd, pages, 0, looked), true);
            assert.equal(new CacheProbe().read(fd, pages, 0, counted), true);
            assert.deepEqual(looked, counted, 'with the count, and without');
            if (!isTold) return;
            probe.countAll(fd);
            assert.equal(probe.readCounted(pages, looked), true);
            assert.deepEqual(looked, counted, 'the count alone');
            alone[counted.resident === 0 ? 'none' : counted.flat[1] === pages ? 'all' : 'behind'] += 1;
          } finally {
            closeSync(fd);
          }
        }),
        { numRuns: 300 },
      );
      assert.ok(alone.none > 0 && alone.all > 0, JSON.stringify(alone));
    });

    it('tells which pages are dirty', () => {
      const path = join(fs.mountPoint, 'dirty');
      writeFileSync(path, Buffer.alloc(1024 * 4096, 1));
      dropCache(path);
      cachePages(path, 0, 1024);
      const fd = openSync(path, 'r+');
      for (const page of [3, 500, 501]) writeSync(fd, Buffer.alloc(4096, 2), 0, 4096, page * 4096);
      closeSync(fd);
      const runs = probe(path);
      assert.equal(runs.resident, 1024);
      assert.deepEqual([runs.dirty, runs.flat], [3, [0, 3, 0, 3, 1, 1, 4, 496, 0, 500, 2, 1, 502, 522, 0]]);
      flush(path);
      assert.deepEqual(probe(path).flat, [0, 1024, 0]);
    });

    it('finds few pages in a huge sparse file at once', () => {
      const path = join(fs.mountPoint, 'sparse');
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
      cachePages(path, 100, 2);
      cachePages(path, 2 ** 28 - 5, 5);
      const start = performance.now();
      assert.deepEqual(probe(path).flat, [100, 2, 0, 2 ** 28 - 5, 5, 0]);
      assert.ok(performance.now() - start < 100);
    });

    it('counts the cached bytes of a range', () => {
      dropCache(file);
      cachePages(file, 10, 4);
      const fd = openSync(file, 'r');
      assert.equal(residencyKnown(fd), true);
      assert.equal(residentBytes(fd, 0, Infinity), 4 * 4096);
      assert.equal(residentBytes(fd, 12 * 4096, 4096), 4096);
      assert.equal(residentBytes(fd, 14 * 4096, 4096), 0);
      assert.equal(residentBytes(fd, PAGES * 4096, 10), 0);
      closeSync(fd);
    });

    it('tells where a file starts on the disk, and that a hole has no place', () => {
      const hole = join(fs.mountPoint, 'hole');
      writeFileSync(hole, '');
      truncateSync(hole, 1 << 20);
      let fd = openSync(hole, 'r');
      assert.equal(firstPhysical(fd), Infinity);
      assert.equal(extentAt(fd, 0), undefined);
      closeSync(fd);
      fd = openSync(file, 'r');
      const extent = extentAt(fd, 0);
      assert.ok(typeof extent === 'object' && extent.logical === 0 && extent.physical > 0);
      assert.equal(firstPhysical(fd), extent.physical);
      closeSync(fd);
    });

    it('has the same generation from an open file and from its handle', () => {
      const fd = openSync(file, 'r');
      const handle = new FileHandle();
      assert.equal(handle.read(fd), 0);
      assert.equal(generationOfHandle(handle), generationOfOpen(fd));
      assert.equal(subvolumeOfHandle(handle), fsType === 'btrfs' ? 5 : 0);
      closeSync(fd);
    });
  });
}

describe('residencyKnown', () => {
  it('is false on overlayfs', async function () {
    needsRealKernel(this);
    const { mkdtempSync, mkdirSync, rmSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const folder = mkdtempSync(join(tmpdir(), 'duet-overlay-'));
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name));
    try {
      const options = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
      execFileSync('mount', ['-t', 'overlay', '-o', options, 'duet-overlay', join(folder, 'merged')]);
      const file = join(folder, 'merged', 'file');
      writeFileSync(file, 'content');
      const fd = openSync(file, 'r');
      assert.equal(residencyKnown(fd), false);
      closeSync(fd);
    } finally {
      execFileSync('umount', [join(folder, 'merged')]);
      rmSync(folder, { recursive: true });
    }
  });
});

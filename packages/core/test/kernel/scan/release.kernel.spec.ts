import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { cachestat, dirtyPages, Stat } from '../../../src/kernel/syscalls/index.js';
import { fromText } from '../../../src/model/index.js';
import type { ReleaseTarget } from '../../../src/model/index.js';
import { cachePages, dropCache, flush } from '../cache-control.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';
import { residentPages } from '../page-cache-calls.js';

const PAGES = 2048;

for (const fsType of LOOP_FS_TYPES) {
  describe(`releasing pages on ${fsType}`, function () {
    this.timeout(60_000);
    // The kernel may take pages back between two looks.
    this.retries(2);
    let fs: LoopFs;
    let scanner: ThreadScanner;
    let folder: string;

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType);
      folder = join(fs.mountPoint, 'folder');
      scanner = new ThreadScanner(fromText(fs.mountPoint));
    });
    beforeEach(() => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
    });
    after(async () => {
      await scanner?.close();
      fs?.remove();
    });

    const at = (name: string): string => join(folder, name);

    /** A file of which nothing is cached. */
    function makeFile(name: string, pages = PAGES): string {
      writeFileSync(at(name), Buffer.alloc(pages * 4096, 1));
      dropCache(at(name));
      assert.deepEqual(residentPages(at(name)), []);
      return at(name);
    }

    function target(name: string, ...runs: number[]): ReleaseTarget {
      const fd = openSync(at(name), 'r');
      const stat = new Stat();
      stat.read(fd);
      closeSync(fd);
      return { path: fromText(`folder/${name}`), ino: stat.ino, statDev: stat.dev, runs };
    }

    async function release(...targets: ReleaseTarget[]): Promise<{ released: number[]; left: number[]; gone: number[] }> {
      const { count, released, left, gone } = await scanner.release(targets);
      assert.equal(count, targets.length);
      return { released: [...released], left: [...left], gone: [...gone] };
    }

    function range(first: number, pages: number): number[] {
      return Array.from({ length: pages }, (_, i) => first + i);
    }

    it('drops these pages, and leaves those that were cached before', async () => {
      const file = makeFile('file');
      cachePages(file, 100, 7);
      cachePages(file, PAGES - 1, 1);
      readFileSync(file);
      assert.equal(residentPages(file).length, PAGES);
      const result = await release(target('file', 0, 100, 107, PAGES - 108));
      assert.deepEqual(residentPages(file), [...range(100, 7), PAGES - 1]);
      assert.deepEqual(result, { released: [PAGES - 8], left: [0], gone: [0] });
    });

    it('tells each file apart, and takes a run that is not cached any more as it is', async () => {
      const names = ['a', 'b', 'c'];
      for (const name of names) readFileSync(makeFile(name, 16));
      dropCache(at('b'));
      assert.deepEqual(await release(target('a', 0, 16), target('b', 0, 16), target('c')), { released: [16, 0, 0], left: [0, 0, 0], gone: [0, 0, 0] });
      assert.deepEqual(names.map((name) => residentPages(at(name)).length), [0, 0, 16]);
      assert.deepEqual(await release(), { released: [], left: [], gone: [] });
    });

    it('leaves dirty pages alone, and does not have them written', async () => {
      const file = makeFile('file');
      cachePages(file, 0, PAGES);
      const fd = openSync(file, 'r+');
      writeSync(fd, 'changed', 5 * 4096);
      writeSync(fd, 'changed', 900 * 4096);
      const { released, left } = await release(target('file', 0, PAGES));
      assert.deepEqual(residentPages(file), [5, 900]);
      assert.deepEqual([released, left], [[PAGES - 2], [2]]);
      cachestat(fd, 0, 0);
      assert.equal(dirtyPages(), 2);
      closeSync(fd);
      flush(file);
    });

    it('tells what is left of a folio that reaches beyond the run, and drops it with its neighbours', async () => {
      const file = makeFile('file');
      readFileSync(file);
      const cut = await release(target('file', 3, PAGES - 6));
      const resident = residentPages(file);
      assert.equal(cut.left[0] + 6, resident.length);
      assert.equal(cut.released[0] + cut.left[0], PAGES - 6);
      if (fsType !== 'btrfs') assert.ok(cut.left[0] > 0, 'no large folio here');
      await release(target('file', 0, PAGES));
      assert.deepEqual(residentPages(file), []);
    });

    it('drops a file piece by piece, if no folio reaches beyond a piece: they start at multiples of 2 MiB', async () => {
      const file = makeFile('file');
      readFileSync(file);
      const left: number[] = [];
      for (let page = 0; page < PAGES; page += 512) left.push(...(await release(target('file', page, 512))).left);
      assert.deepEqual([left, residentPages(file)], [[0, 0, 0, 0], []]);
    });

    it('does not follow a symbolic link that was put in the place of the file or its folder', async () => {
      const victim = join(fs.mountPoint, 'victim');
      mkdirSync(at('sub'));
      mkdirSync(join(fs.mountPoint, 'elsewhere'), { recursive: true });
      const targets = ['file', 'sub/file'].map((name) => (readFileSync(makeFile(name, 16)), target(name, 0, 16)));
      for (const path of [victim, join(fs.mountPoint, 'elsewhere/file')]) {
        writeFileSync(path, Buffer.alloc(16 * 4096, 2));
        flush(path);
      }
      renameSync(at('file'), at('old'));
      symlinkSync(victim, at('file'));
      renameSync(at('sub'), at('old-sub'));
      symlinkSync(join(fs.mountPoint, 'elsewhere'), at('sub'));
      assert.deepEqual(await release(...targets), { released: [0, 0], left: [0, 0], gone: [1, 1] });
      for (const path of [victim, join(fs.mountPoint, 'elsewhere/file'), at('old'), at('old-sub/file')]) assert.equal(residentPages(path).length, 16);
    });

    it('leaves a file alone that took the place of the one that is meant', async () => {
      readFileSync(makeFile('file', 16));
      const meant = target('file', 0, 16);
      readFileSync(makeFile('other', 16));
      renameSync(at('other'), at('file'));
      rmSync(at('other'), { force: true });
      assert.deepEqual((await release(meant)).gone, [1]);
      assert.equal(residentPages(at('file')).length, 16);
    });
  });
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cachedPages, cachestat, dirtyPages } from '../../../src/kernel/syscalls/index.js';
import { flush } from '../cache-control.js';
import { makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

const PAGES = 4096;
const PAGE = 4096;
const TRIES = 400_000;

describe('cachestat', function () {
  this.timeout(120_000);
  let fs: LoopFs;
  let fd: number;

  before(function () {
    needsRealKernel(this);
    // With large folios.
    fs = makeLoopFs('xfs');
    const file = join(fs.mountPoint, 'file');
    writeFileSync(file, Buffer.alloc(PAGES * PAGE, 1));
    flush(file);
    fd = openSync(file, 'r');
  });
  after(() => {
    if (fs === undefined) return;
    closeSync(fd);
    fs.remove();
  });

  it('counts ranges that begin and end within folios, and to the end of the cache', () => {
    for (const [first, pages] of [[0, PAGES], [1, 1], [511, 2], [513, 511], [3000, 1096]]) {
      assert.equal(cachestat(fd, first * PAGE, pages * PAGE), 0);
      assert.deepEqual([cachedPages(), dirtyPages()], [pages, 0], `${pages} pages from ${first}`);
    }
    assert.equal(cachestat(fd, 3000 * PAGE, 0), 0);
    assert.equal(cachedPages(), 1096);
  });

  // Linux 6.18: who counts from within a folio, and has to let another thread have the CPU, goes on behind too much.
  it('leaves out nothing when other threads want the CPU meanwhile', () => {
    const busy: ChildProcess[] = Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;) Math.random()'], { stdio: 'ignore' }));
    try {
      let wrong = 0;
      for (let at = 0; at < TRIES; at++) {
        const first = (at * 2503) % (PAGES - 1);
        const pages = 1 + ((at * 127) % (PAGES - first));
        cachestat(fd, first * PAGE, pages * PAGE);
        if (cachedPages() !== pages) wrong += 1;
      }
      assert.equal(wrong, 0);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  });
});

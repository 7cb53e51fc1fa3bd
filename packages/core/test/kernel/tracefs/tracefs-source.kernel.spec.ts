import assert from 'node:assert/strict';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TracefsSource } from '../../../src/kernel/tracefs/index.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';
import { dropPages, punchHole, residentPages, startWriting, syncFileSystem, writeMapped } from '../page-cache-calls.js';
import { PageModel } from './page-model.js';

const MIB = 1024 * 1024;

/** Superblock of a mount as events name it; on btrfs not what stat says. */
function superblockOf(mountPoint: string): number {
  const line = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').find((one) => one.split(' ')[4] === mountPoint);
  const [major, minor] = (line?.split(' ')[2] ?? '').split(':').map(Number);
  return major * 2 ** 20 + minor;
}

for (const fsType of [...LOOP_FS_TYPES, 'ext4 with 1 KiB blocks'] as const) {
  describe(`TracefsSource on ${fsType}`, function () {
    this.timeout(60_000);
    let fs: LoopFs;
    let dev: number;
    let source: TracefsSource;
    let pages: PageModel;
    let file: string;

    /** Events are held back for a millisecond. */
    const drainAll = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      while (source.drain(pages, 10));
    };
    const inoOf = (path: string): number => statSync(path).ino;
    const rewrite = (offset: number, bytes: number, sync = false): void => {
      const fd = openSync(file, 'r+');
      writeSync(fd, Buffer.alloc(bytes, 7), 0, bytes, offset);
      if (sync) fsyncSync(fd);
      closeSync(fd);
    };

    before(async function () {
      needsRealKernel(this);
      const type = fsType === 'ext4 with 1 KiB blocks' ? 'ext4' : fsType;
      const mkfsArgs = type === 'ext4' ? ['-b', fsType === 'ext4' ? '4096' : '1024'] : [];
      fs = makeLoopFs(type, { sizeMiB: 400, mkfsArgs });
      file = join(fs.mountPoint, 'file');
      writeFileSync(file, Buffer.alloc(3 * MIB + 100, 1));
    });
    beforeEach(async () => {
      await fs.remount();
      dev = superblockOf(fs.mountPoint);
      pages = new PageModel();
      source = new TracefsSource();
      source.follow({ dev, fsType: fs.fsType });
    });
    afterEach(() => source?.stop());
    after(() => fs?.remove());

    it('tells ADDED of exactly the pages that a cold read leaves in the cache, and their folios', async () => {
      readFileSync(file);
      await drainAll();
      const ino = inoOf(file);
      const resident = residentPages(file);
      assert.equal(resident.length, 769);
      // A folio may reach beyond the end of the file, where mincore does not look.
      assert.deepEqual(pages.resident(dev, ino).filter((page) => page < 769), resident);
      assert.deepEqual(new Set(pages.of(ino).map((one) => one.call)), new Set(['added']));
      const largest = Math.max(...pages.of(ino).map((one) => one.pages));
      if (fs.fsType !== 'btrfs') assert.ok(largest > 1, `largest folio ${largest}`);
    });

    it('tells REMOVED of pages that are dropped, and truncated', async () => {
      readFileSync(file);
      dropPages(file, 0, MIB);
      await drainAll();
      assert.deepEqual(pages.resident(dev, inoOf(file)).filter((page) => page < 769), residentPages(file));
      assert.ok(pages.of(inoOf(file)).some((one) => one.call === 'removed'));
      truncateSync(file, MIB);
      await drainAll();
      assert.deepEqual(pages.resident(dev, inoOf(file)).filter((page) => page < 256), residentPages(file));
      writeFileSync(file, Buffer.alloc(3 * MIB + 100, 1));
    });

    it('tells DIRTY of a new file, and FLUSHED of all of it by fsync', async () => {
      const fresh = join(fs.mountPoint, 'fresh');
      const fd = openSync(fresh, 'w');
      writeSync(fd, Buffer.alloc(200_000, 2));
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(fresh)), pages.resident(dev, inoOf(fresh)));
      assert.equal(pages.dirty(dev, inoOf(fresh)).filter((page) => page < 49).length, 49);
      fsyncSync(fd);
      closeSync(fd);
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(fresh)).filter((page) => page < 49), []);
    });

    it('tells FLUSHED of blocks that were mapped already, by fsync', async () => {
      readFileSync(file);
      rewrite(20_000, 1);
      rewrite(2 * MIB + 5, 9000);
      await drainAll();
      const dirty = pages.dirty(dev, inoOf(file));
      for (const page of [4, 512, 513, 514]) assert.ok(dirty.includes(page), `page ${page}`);
      rewrite(20_000, 1, true);
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(file)), []);
      rewrite(20_000, 1);
      await drainAll();
      assert.ok(pages.dirty(dev, inoOf(file)).includes(4), 'dirty again');
    });

    it('tells FLUSHED by background writeback', async () => {
      readFileSync(file);
      rewrite(MIB, 100_000);
      await drainAll();
      assert.ok(pages.dirty(dev, inoOf(file)).length >= 25);
      syncFileSystem(file);
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(file)), []);
    });

    it('tells DIRTY and FLUSHED of writes through a mapping', async () => {
      readFileSync(file);
      writeMapped(file, [70_000, 2 * MIB], false);
      await drainAll();
      const dirty = pages.dirty(dev, inoOf(file));
      assert.ok(dirty.includes(17) && dirty.includes(512));
      writeMapped(file, [70_001], true);
      await drainAll();
      // msync writes the mapped range, which ends with the file; nothing stays dirty.
      assert.deepEqual(pages.dirty(dev, inoOf(file)), []);
    });

    it('says nothing false when only a part is written', async () => {
      readFileSync(file);
      rewrite(0, 1);
      rewrite(2 * MIB, 1);
      startWriting(file, 2 * MIB, 4096);
      await drainAll();
      assert.ok(pages.dirty(dev, inoOf(file)).includes(0));
      syncFileSystem(file);
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(file)), []);
    });

    it('tells FLUSHED where a program only starts to write, or that it is not sure', async () => {
      readFileSync(file);
      rewrite(20_000, 1, true);
      rewrite(20_000, 1);
      await drainAll();
      pages.clear();
      startWriting(file, 0, MIB);
      await drainAll();
      const unsure = pages.of(inoOf(file)).some((one) => one.call === 'unsure');
      assert.ok(unsure || !pages.dirty(dev, inoOf(file)).includes(4));
    });

    it('tells that a part of a folio was cut out, or has left, after which it may be split', async () => {
      writeFileSync(file, Buffer.alloc(3 * MIB + 100, 1));
      punchHole(file, 20_000, 10_000);
      await drainAll();
      const cut = pages.of(inoOf(file)).filter((one) => one.call === 'invalidated' || one.call === 'removed');
      assert.ok(cut.some((one) => one.index >= 4 && one.index + one.pages <= 8));
    });

    it('keeps dirty what is written again and again while it is flushed', async () => {
      readFileSync(file);
      for (let round = 0; round < 50; round += 1) {
        rewrite((round % 700) * 4096, 5000, round % 5 === 0);
        source.drain(pages, 10);
      }
      rewrite(0, 1);
      await drainAll();
      assert.ok(pages.dirty(dev, inoOf(file)).includes(0));
      syncFileSystem(file);
      await drainAll();
      assert.deepEqual(pages.dirty(dev, inoOf(file)), []);
    });

    it('tells only of the inodes that are wanted, until all are', async () => {
      const other = join(fs.mountPoint, 'other');
      const churn = (): void => {
        for (const path of [file, other]) {
          writeFileSync(path, Buffer.alloc(MIB, 3));
          syncFileSystem(path);
          dropPages(path);
          readFileSync(path);
        }
      };
      const told = async (): Promise<Set<number>> => {
        await drainAll();
        pages = new PageModel();
        churn();
        await drainAll();
        return new Set(pages.calls.map((one) => one.ino));
      };
      churn();
      const inodes = [inoOf(file), inoOf(other)];
      for (const ino of inodes) {
        source.follow({ dev, fsType: fs.fsType }, [ino]);
        assert.deepEqual(await told(), new Set([ino]));
        assert.deepEqual(new Set(pages.calls.map((one) => one.call)), new Set(['added', 'removed', 'dirtied', 'flushed']));
      }
      source.follow({ dev, fsType: fs.fsType }, inodes);
      assert.deepEqual(await told(), new Set(inodes));
      source.follow({ dev, fsType: fs.fsType });
      const all = await told();
      for (const ino of inodes) assert.ok(all.has(ino));
      assert.equal(source.counters().lost, 0);
      writeFileSync(file, Buffer.alloc(3 * MIB + 100, 1));
    });

    it('tells nothing of other file systems, and in the order of time', async () => {
      for (let round = 0; round < 20; round += 1) {
        readFileSync(file);
        dropPages(file);
        readdirSync('/usr/bin');
      }
      await drainAll();
      assert.ok(pages.calls.length > 40);
      assert.deepEqual(new Set(pages.calls.map((one) => one.dev)), new Set([dev]));
      for (let at = 1; at < pages.calls.length; at += 1) assert.ok(pages.calls[at].timeNs >= pages.calls[at - 1].timeNs);
      assert.equal(source.counters().events, pages.calls.length);
      assert.equal(source.counters().lost, 0);
    });
  });
}

describe('TracefsSource', function () {
  this.timeout(60_000);
  let fs: LoopFs;
  before(function () {
    needsRealKernel(this);
    fs = makeLoopFs('btrfs', { sizeMiB: 400 });
  });
  after(() => fs?.remove());

  it('notices that events were overwritten', async () => {
    const file = join(fs.mountPoint, 'file');
    writeFileSync(file, Buffer.alloc(40 * MIB, 1));
    const source = new TracefsSource({ bufferKbPerCpu: 64 });
    try {
      source.follow({ dev: superblockOf(fs.mountPoint), fsType: 'btrfs' });
      syncFileSystem(file);
      dropPages(file);
      readFileSync(file);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const pages = new PageModel();
      while (source.drain(pages, 10));
      const lost = pages.calls.filter((one) => one.call === 'lost').reduce((sum, one) => sum + one.pages, 0);
      assert.ok(lost > 10_000, `${lost} lost`);
      assert.equal(source.counters().lost, lost);
      // What is lost and what is told make up all there was: 10,240 pages flushed, removed and added, at least.
      assert.ok(lost + pages.calls.length > 30_000);
    } finally {
      source.stop();
    }
  });

  it('tells nothing before it follows a file system, and nothing after it was stopped', async () => {
    const source = new TracefsSource();
    const pages = new PageModel();
    const file = join(fs.mountPoint, 'quiet');
    writeFileSync(file, 'content');
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(source.drain(pages, 10), false);
    source.stop();
    source.stop();
    assert.equal(source.drain(pages, 10), false);
    assert.deepEqual(pages.calls, []);
  });

  it('tells nothing of the metadata of btrfs', async () => {
    const source = new TracefsSource();
    try {
      await fs.remount();
      source.follow({ dev: superblockOf(fs.mountPoint), fsType: 'btrfs' });
      const file = join(fs.mountPoint, 'with metadata');
      writeFileSync(file, 'content');
      syncFileSystem(file);
      const pages = new PageModel();
      await new Promise((resolve) => setTimeout(resolve, 5));
      while (source.drain(pages, 10));
      assert.deepEqual(new Set(pages.calls.map((one) => one.ino)), new Set([statSync(file).ino]));
    } finally {
      source.stop();
    }
  });

  it('loses nothing of a fast read in single pages with a stall of 50 ms', async () => {
    const file = join(fs.mountPoint, 'large');
    writeFileSync(file, Buffer.alloc(200 * MIB, 1));
    syncFileSystem(file);
    dropPages(file);
    const source = new TracefsSource();
    try {
      source.follow({ dev: superblockOf(fs.mountPoint), fsType: 'btrfs' });
      readFileSync(file);
      const pages = new PageModel();
      await new Promise((resolve) => setTimeout(resolve, 5));
      while (source.drain(pages, 10));
      assert.equal(pages.of(statSync(file).ino).filter((one) => one.call === 'added').length, 51_200);
      assert.equal(source.counters().lost, 0);
    } finally {
      source.stop();
    }
    assert.equal(existsSync('/sys/kernel/tracing/instances'), true);
  });
});

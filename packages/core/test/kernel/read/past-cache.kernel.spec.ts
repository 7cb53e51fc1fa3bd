import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, fromText } from '../../../src/model/index.js';
import { extentAt } from '../../../src/kernel/probe/index.js';
import type { Extent } from '../../../src/kernel/probe/index.js';
import { FileReadError, Root, UnitReader } from '../../../src/kernel/read/index.js';
import type { ReadDone, ReadRefused } from '../../../src/kernel/read/index.js';
import { Stat } from '../../../src/kernel/syscalls/index.js';
import { dropCache, flush } from '../cache-control.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

const PAGE = 4096;
const SIZE = 16 * PAGE + 1000;

for (const fsType of LOOP_FS_TYPES) {
  describe(`reading past the cache on ${fsType}`, function () {
    this.timeout(60_000);
    let fs: LoopFs;
    let root: Root;

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType);
      root = Root.open(fromText(fs.mountPoint));
    });

    after(() => {
      root?.close();
      fs?.remove();
    });

    function read(name: string, direct: boolean, offset = 0, bytes = Infinity): { content: Buffer; result: ReadDone | ReadRefused } {
      const stat = new Stat();
      const fd = openSync(join(fs.mountPoint, name), 'r');
      stat.read(fd);
      closeSync(fd);
      const chunks: Buffer[] = [];
      const length = Math.min(bytes, stat.size - offset);
      const request = { path: fromText(name), ino: stat.ino, statDev: stat.dev, offset, bytes: length, direct };
      const result = new UnitReader(root).read(request, (chunk) => void chunks.push(Buffer.from(chunk)));
      return { content: Buffer.concat(chunks), result };
    }

    /** A file whose pages are all cached, and other than the disk has them by one byte in page 5. */
    function makeDamaged(name: string, content: Buffer, cache: 'read' | 'written'): void {
      const file = join(fs.mountPoint, name);
      writeFileSync(file, content);
      flush(file);
      if (cache === 'read') {
        dropCache(file);
        readFileSync(file);
      }
      damage(fs, file, 5 * PAGE + 77, content);
    }

    for (const cache of ['read', 'written'] as const) {
      it(`finds damage below cached pages that were ${cache}`, () => {
        const name = `damaged-${cache}`;
        const content = randomBytes(SIZE);
        makeDamaged(name, content, cache);

        const buffered = read(name, false);
        assert.ok(buffered.content.equals(content), 'the cache hides the damage');
        assert.equal(buffered.result.outcome, 'read');

        if (fsType === 'btrfs') {
          assert.throws(
            () => read(name, true),
            (error: unknown) => error instanceof FileReadError && errnoOf(error) === 'EIO' && error.code === 'DUET_ERR_READ' && error.offset === 5 * PAGE,
          );
          return;
        }
        const { content: found, result } = read(name, true);
        assert.equal(result.outcome, 'read');
        assert.equal((result).direct, true);
        assert.equal(found.length, SIZE);
        const wrong = [...content.keys()].filter((i) => content[i] !== found[i]);
        assert.deepEqual(wrong, [5 * PAGE + 77]);
        assert.ok(readFileSync(join(fs.mountPoint, name)).equals(content), 'the cache is left as it was');
      });
    }

    it('delivers sound files whole, of any length and from any offset', () => {
      for (const size of [1, 100, PAGE, PAGE + 1, 10 * PAGE, 1024 * 1024 + 5, 3 * 1024 * 1024]) {
        const content = randomBytes(size);
        const file = join(fs.mountPoint, `sound-${size}`);
        writeFileSync(file, content);
        flush(file);
        const { content: found, result } = read(`sound-${size}`, true);
        assert.ok(found.equals(content), `${size} bytes`);
        assert.deepEqual([(result as ReadDone).direct, (result as ReadDone).diskBytes, (result as ReadDone).cacheBytes], [true, size, 0]);
        const part = read(`sound-${size}`, true, size >> 1, (size >> 2) + 1);
        assert.ok(part.content.equals(content.subarray(size >> 1, (size >> 1) + (size >> 2) + 1)), `part of ${size} bytes`);
      }
    });

    it('delivers what was written and is not on the disk yet', () => {
      const content = randomBytes(SIZE);
      writeFileSync(join(fs.mountPoint, 'dirty'), content);
      const { content: found, result } = read('dirty', true);
      assert.ok(found.equals(content));
      assert.equal((result as ReadDone).direct, true);
    });

    if (fsType === 'btrfs') {
      it('tells where a plain read met damage', () => {
        const content = randomBytes(SIZE);
        makeDamaged('plain', content, 'read');
        dropCache(join(fs.mountPoint, 'plain'));
        assert.throws(
          () => read('plain', false),
          (error: unknown) => error instanceof FileReadError && errnoOf(error) === 'EIO' && error.offset === 5 * PAGE && error.message.includes('at byte 20480'),
        );
      });
    }

    it('delivers holes as zeros', () => {
      const file = join(fs.mountPoint, 'holes');
      const content = Buffer.alloc(2 * 1024 * 1024);
      writeFileSync(file, '');
      truncateSync(file, content.length);
      const fd = openSync(file, 'r+');
      for (const at of [300 * 1024, 1024 * 1024]) {
        const data = randomBytes(8192);
        data.copy(content, at);
        writeSync(fd, data, 0, data.length, at);
      }
      fsyncSync(fd);
      closeSync(fd);
      assert.ok(read('holes', true).content.equals(content));
    });

    it('reads through the cache where nothing of the range is cached', () => {
      const file = join(fs.mountPoint, 'cold');
      const content = randomBytes(SIZE);
      writeFileSync(file, content);
      dropCache(file);
      const { content: found, result } = read('cold', true);
      assert.ok(found.equals(content));
      assert.deepEqual([(result as ReadDone).direct, (result as ReadDone).cacheBytes, (result as ReadDone).diskBytes], [false, 0, SIZE]);
    });
  });
}

describe('reading past the cache of compressed files on btrfs', function () {
  this.timeout(60_000);
  let fs: LoopFs;

  before(function () {
    needsRealKernel(this);
    fs = makeLoopFs('btrfs', { mountOptions: 'compress-force=zstd' });
  });
  after(() => fs?.remove());

  it('delivers the content and finds damage', () => {
    const root = Root.open(fromText(fs.mountPoint));
    const reader = new UnitReader(root);
    try {
      const text = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i} ${(i * 7919) % 1000}\n`).join(''));
      const file = join(fs.mountPoint, 'text');
      writeFileSync(file, text);
      flush(file);
      const { ino } = statSync(file);
      const stat = new Stat();
      const fd = openSync(file, 'r');
      stat.read(fd);
      const extent = extentAt(fd, 0) as Extent;
      closeSync(fd);
      const request = { path: fromText('text'), ino, statDev: stat.dev, offset: 0, bytes: text.length, direct: true };
      const chunks: Buffer[] = [];
      const result = reader.read(request, (chunk) => void chunks.push(Buffer.from(chunk)));
      assert.equal(result.outcome, 'read');
      assert.ok(Buffer.concat(chunks).equals(text));

      // New chunks of a small file system are mapped one to one for data; the zstd magic says where.
      const at = findOnDisk(fs.image, Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), extent.physical);
      flipByte(fs.image, at + 1000);
      assert.throws(() => reader.read(request, () => undefined), (error: unknown) => errnoOf(error) === 'EIO');
    } finally {
      root.close();
    }
  });
});

/** Flips one byte of a file on the disk, below the file system. */
function damage(fs: LoopFs, file: string, offset: number, content: Buffer): void {
  const page = offset - (offset % PAGE);
  const fd = openSync(file, 'r');
  const extent = extentAt(fd, page) as Extent;
  closeSync(fd);
  // btrfs tells addresses of its own: the content shows where they are on the disk.
  const at = fs.fsType === 'btrfs' ? findOnDisk(fs.image, content.subarray(page, page + 64)) : extent.physical + (page - extent.logical);
  flipByte(fs.image, at + (offset - page));
}

function flipByte(image: string, at: number): void {
  const fd = openSync(image, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] ^= 0x40;
  writeSync(fd, byte, 0, 1, at);
  fsyncSync(fd);
  closeSync(fd);
}

/** Where `needle` stands in the image, at the start of a block. */
function findOnDisk(image: string, needle: Buffer, from = 0): number {
  const fd = openSync(image, 'r');
  const chunk = Buffer.alloc(4 * 1024 * 1024);
  try {
    for (let at = from; ; at += chunk.length) {
      const got = readSync(fd, chunk, 0, chunk.length, at);
      if (got === 0) throw new Error('not on the disk');
      for (let found = chunk.indexOf(needle); found >= 0; found = chunk.indexOf(needle, found + 1)) {
        if ((at + found) % PAGE === 0) return at + found;
      }
    }
  } finally {
    closeSync(fd);
  }
}

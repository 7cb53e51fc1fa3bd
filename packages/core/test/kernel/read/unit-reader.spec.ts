import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DuetError, fromText } from '../../../src/model/index.js';
import { CHUNK_BYTES, Root, UnitReader } from '../../../src/kernel/read/index.js';
import type { ReadDone, ReadRequest } from '../../../src/kernel/read/index.js';
import { Stat } from '../../../src/kernel/syscalls/index.js';

describe('UnitReader', () => {
  const content = randomBytes(3 * CHUNK_BYTES + 1234);
  let folder: string;
  let root: Root;
  let reader: UnitReader;

  beforeEach(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-read-'));
    writeFileSync(join(folder, 'file'), content);
    root = Root.open(fromText(folder));
    reader = new UnitReader(root);
  });
  afterEach(() => {
    root.close();
    rmSync(folder, { recursive: true });
  });

  function requestFor(name: string, offset = 0, bytes = content.length): ReadRequest {
    const stat = new Stat();
    const fd = openSync(join(folder, name), 'r');
    stat.read(fd);
    closeSync(fd);
    return { path: fromText(name), ino: stat.ino, statDev: stat.dev, offset, bytes, direct: false };
  }

  function read(request: ReadRequest): { found: Buffer; result: ReadDone } {
    const chunks: Buffer[] = [];
    const result = reader.read(request, (chunk) => void chunks.push(Buffer.from(chunk)));
    assert.equal(result.outcome, 'read');
    return { found: Buffer.concat(chunks), result: result };
  }

  it('delivers exactly the range, or up to the end of the file', () => {
    fc.assert(
      fc.property(fc.nat(content.length + 10), fc.nat(content.length + 10), (offset, bytes) => {
        const { found, result } = read(requestFor('file', offset, bytes));
        assert.ok(found.equals(content.subarray(offset, offset + bytes)));
        assert.equal(result.bytes, found.length);
        assert.equal(result.cacheBytes + result.diskBytes, found.length);
        assert.equal(result.changed, false);
      }),
      { numRuns: 30 },
    );
  });

  it('hands over at most 1 MiB at once, and stops when the sink wants no more', () => {
    const sizes: number[] = [];
    const result = reader.read(requestFor('file'), (chunk) => {
      sizes.push(chunk.length);
      return sizes.length < 2;
    });
    assert.deepEqual(sizes, [CHUNK_BYTES, CHUNK_BYTES]);
    assert.equal((result as ReadDone).bytes, 2 * CHUNK_BYTES);
  });

  it('sees that a file changes while it is read', () => {
    const result = reader.read(requestFor('file'), () => appendFileSync(join(folder, 'file'), 'more')) as ReadDone;
    assert.equal(result.changed, true);
    assert.ok(result.after.size > result.before.size);
  });

  it('reads a file that grew since to where it ends now', () => {
    const request = requestFor('file', 0, 2 ** 52);
    appendFileSync(join(folder, 'file'), 'more');
    const { found, result } = read(request);
    assert.ok(found.equals(Buffer.concat([content, Buffer.from('more')])));
    assert.equal(result.changed, false);
  });

  it('takes what is known of the cache for true, and no more than was read', () => {
    const request = requestFor('file', 0, 2 ** 52);
    assert.equal(read({ ...request, cachedBytes: 4096 }).result.cacheBytes, 4096);
    assert.equal(read({ ...request, cachedBytes: 4096 }).result.diskBytes, content.length - 4096);
    assert.equal(read({ ...request, cachedBytes: 2 ** 40 }).result.cacheBytes, content.length);
  });

  const isGone = (error: unknown): boolean => error instanceof DuetError && error.code === 'DUET_ERR_VANISHED' && error.path === 'file';

  it('says that a file is gone, is another one, or is no file any more', () => {
    const request = requestFor('file');
    const open = readdirSync('/proc/self/fd').length;
    renameSync(join(folder, 'file'), join(folder, 'kept'));
    assert.throws(() => read(request), isGone);
    writeFileSync(join(folder, 'file'), content);
    assert.throws(() => read(request), isGone);
    rmSync(join(folder, 'file'));
    mkdirSync(join(folder, 'file'));
    assert.throws(() => read(request), isGone);
    assert.equal(readdirSync('/proc/self/fd').length, open);
  });
});

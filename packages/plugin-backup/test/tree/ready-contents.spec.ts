import assert from 'node:assert/strict';
import { entryOf, NO_ENTRIES } from '../../src/content/content-entries.js';
import { ReadyContents } from '../../src/tree/ready-contents.js';
import type { FileVersion } from '../../src/tree/ready-contents.js';

const fileOf = (ino: number, more: Partial<FileVersion> = {}): FileVersion => ({ ino, statDev: 7, size: 2 ** 33 + 1, mtimeNs: -5n, ctimeNs: 1_700_000_000_123_456_789n, ...more });
const entry = (byte: number): Buffer => entryOf(Buffer.alloc(32, byte), byte);

describe('ReadyContents', () => {
  it('gives another thread the content of files in the version that was put, and tells which were taken', () => {
    const ready = new ReadyContents();
    // Inode numbers that differ above 32 bits, and devices that do.
    const files = [fileOf(1), fileOf(1 + 2 ** 32), fileOf(1, { statDev: 8 }), fileOf(2)];
    for (const [i, file] of files.entries()) ready.put(100 + i, file, entry(i));
    const other = new ReadyContents(ready.memory);
    assert.deepEqual(files.slice(0, 3).map((file) => other.take(file)), [entry(0), entry(1), entry(2)]);
    assert.deepEqual([...ready.taken()], [100, 101, 102]);
  });

  it('has nothing for other versions, nor for files that were not put', () => {
    const ready = new ReadyContents();
    ready.put(1, fileOf(1), entry(1));
    for (const file of [fileOf(1, { size: 1 }), fileOf(1, { mtimeNs: 0n }), fileOf(1, { ctimeNs: 0n }), fileOf(1, { statDev: 8 }), fileOf(2)]) assert.equal(ready.take(file), undefined);
    assert.deepEqual([...ready.taken()], []);
  });

  it('keeps what was put last of an inode', () => {
    const ready = new ReadyContents();
    ready.put(1, fileOf(1), entry(1));
    ready.put(2, fileOf(1, { size: 3 }), entry(2));
    assert.equal(ready.take(fileOf(1)), undefined);
    assert.deepEqual(ready.take(fileOf(1, { size: 3 })), entry(2));
    assert.deepEqual([...ready.taken()], [2]);
  });

  it('leaves out files of no chunk or several, and those for which there is no room', () => {
    const ready = new ReadyContents();
    ready.put(1, fileOf(1), NO_ENTRIES);
    ready.put(2, fileOf(2), Buffer.concat([entry(1), entry(2)]));
    assert.deepEqual([ready.take(fileOf(1)), ready.take(fileOf(2))], [undefined, undefined]);
    const most = 1 << 16;
    for (let i = 1; i <= most + 1; i++) ready.put(i, fileOf(i * 1000), entry(i & 0xff));
    for (let i = 1; i <= most + 1; i++) assert.deepEqual(ready.take(fileOf(i * 1000)), i > most ? undefined : entry(i & 0xff));
    assert.equal([...ready.taken()].length, most);
  });
});

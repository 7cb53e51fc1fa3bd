import assert from 'node:assert/strict';
import { entryOf, NO_ENTRIES } from '../../src/content/content-entries.js';
import { ReadyContents, toldContent } from '../../src/tree/ready-contents.js';
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

  it('has files of no chunk and of a few, and asks for those of many', () => {
    const ready = new ReadyContents();
    const several = Buffer.concat([entry(1), entry(2)]);
    ready.put(1, fileOf(1), NO_ENTRIES);
    ready.put(2, fileOf(2), several);
    ready.put(3, fileOf(3), Buffer.concat(Array.from({ length: 100 }, (_, i) => entry(i))));
    assert.deepEqual([1, 2, 3].map((ino) => ready.take(fileOf(ino))), [NO_ENTRIES, several, undefined]);
    assert.deepEqual([...ready.taken()], [1, 2]);
  });

  it('tells what stands for the content of several files, of those of many chunks a digest', () => {
    const ready = new ReadyContents();
    const contents = [NO_ENTRIES, entry(1), Buffer.concat([entry(2), entry(3)]), Buffer.concat(Array.from({ length: 100 }, (_, i) => entry(i)))];
    for (const [i, entries] of contents.entries()) ready.put(i, fileOf(i + 1), entries);
    const other = new ReadyContents(ready.memory);
    const rows = contents.map((_, i) => other.row(i + 1, 7));
    assert.deepEqual(Buffer.from(other.told(rows)!), Buffer.concat(contents.map(toldContent)));
    assert.equal(toldContent(contents[3]).length, entry(0).length);
    assert.notDeepEqual(toldContent(contents[3]), toldContent(Buffer.concat([contents[3], entry(1)])));
  });

  it('finds files by inode alone, in whatever version they were put, and takes these together', () => {
    const ready = new ReadyContents();
    for (let ino = 1; ino <= 1000; ino++) ready.put(ino, fileOf(ino * 3), entry(ino & 0xff));
    const other = new ReadyContents(ready.memory);
    const rows = [3, 6, 9].map((ino) => other.row(ino, 7));
    assert.ok(!rows.includes(-1));
    assert.deepEqual([other.row(4, 7), other.row(3, 8)], [-1, -1]);
    other.takeRows(rows);
    assert.deepEqual([...ready.taken()], [1, 2, 3]);
  });

  it('leaves out those for which there is no room', () => {
    const ready = new ReadyContents();
    const most = 1 << 18;
    for (let i = 1; i <= most + 1; i++) ready.put(i, fileOf(i * 1000), entry(i & 0xff));
    for (let i = 1; i <= most + 1; i++) {
      const taken = ready.take(fileOf(i * 1000));
      if (i > most ? taken !== undefined : taken?.[0] !== (i & 0xff)) assert.fail(`file ${i}`);
    }
    assert.equal([...ready.taken()].length, most);
  }).timeout(20_000);
});

import assert from 'node:assert/strict';
import { closeSync, constants, lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Open } from '../../../src/kernel/syscalls/index.js';
import {
  changeMode,
  changeOwner,
  changeTimes,
  changeTimesOf,
  linkDescriptor,
  makeFolder,
  makeNode,
  makeSymlink,
  moveEntry,
  openName,
  removeEntry,
  renameEntry,
  setAttribute,
  syncFileSystem,
} from '../../../src/kernel/write/index.js';
import { fromText } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';

describe('calls that make and change entries', () => {
  let folder: string;
  let fd: number;
  const at = (name: string): string => join(folder, name);
  const named = (name: string): BytePath => fromText(name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'duet-entries-'));
    fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });

  it('make each kind of entry', () => {
    assert.equal(makeFolder(fd, named('ordner ä'), 0o700), 0);
    assert.ok(lstatSync(at('ordner ä')).isDirectory());
    assert.equal(makeNode(fd, named('fifo'), 0o010600, 0n), 0);
    assert.ok(lstatSync(at('fifo')).isFIFO());
    assert.equal(makeSymlink(fd, named('link'), named('nowhere')), 0);
    assert.equal(readlinkSync(at('link')), 'nowhere');
    assert.equal(makeFolder(fd, named('fifo'), 0o700), -os.errno.EEXIST);
    assert.equal(removeEntry(fd, named('fifo')), 0);
    assert.equal(removeEntry(fd, named('fifo')), -os.errno.ENOENT);
  });

  it('move an entry into another folder, over nothing but what is like it and empty', () => {
    const into = (name: string): number => {
      const to = openSync(at('to'), constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        return moveEntry(fd, named(name), to);
      } finally {
        closeSync(to);
      }
    };
    for (const name of ['to', 'to/empty', 'to/full', 'to/full/x', 'new', 'empty', 'full', 'link']) mkdirSync(at(name));
    symlinkSync('empty', at('to/link'));
    writeFileSync(at('empty/kept'), 'kept');
    assert.deepEqual([into('new'), into('empty')], [0, 0]);
    assert.ok(lstatSync(at('to/new')).isDirectory());
    assert.equal(readFileSync(at('to/empty/kept'), 'utf8'), 'kept');
    assert.equal(into('full'), -os.errno.ENOTEMPTY);
    assert.equal(into('link'), -os.errno.ENOTDIR);
    assert.equal(into('new'), -os.errno.ENOENT);
  });

  it('link an open file, a symbolic link too, and rename over what is there', () => {
    writeFileSync(at('one'), 'one');
    symlinkSync('target', at('link'));
    for (const name of ['one', 'link']) {
      const opened = openName(fd, named(name), Open.PATH | Open.NOFOLLOW | Open.CLOEXEC);
      assert.equal(linkDescriptor(opened, fd, named(`${name}-too`)), 0);
      closeSync(opened);
      assert.equal(lstatSync(at(`${name}-too`)).ino, lstatSync(at(name)).ino);
    }
    writeFileSync(at('other'), 'other');
    assert.equal(renameEntry(fd, named('other'), named('one')), 0);
    assert.equal(readFileSync(at('one'), 'utf8'), 'other');
    assert.equal(readFileSync(at('one-too'), 'utf8'), 'one');
  });

  it('change modes and times to the nanosecond, before 1970 too', () => {
    writeFileSync(at('file'), '');
    symlinkSync('target', at('link'));
    mkdirSync(at('sub'));
    const opened = openSync(at('file'), 'r');
    assert.equal(changeMode(opened, 0o4751), 0);
    assert.equal(changeOwner(opened, process.getuid!(), process.getgid!()), 0);
    assert.equal(changeTimesOf(opened, 5n, 1_700_000_000_123_456_789n), 0);
    assert.equal(changeTimes(fd, named('link'), 7n, -1n), 0);
    closeSync(opened);
    assert.equal(lstatSync(at('link'), { bigint: true }).mtimeNs, -1n);
    const stat = lstatSync(at('file'), { bigint: true });
    assert.deepEqual([stat.mtimeNs, stat.atimeNs], [1_700_000_000_123_456_789n, 5n]);
    assert.equal(syncFileSystem(fd), 0);
  });

  it('say what the kernel says of attributes', () => {
    writeFileSync(at('file'), '');
    const opened = openSync(at('file'), 'r+');
    assert.equal(setAttribute(opened, named('no-namespace'), Buffer.from('x')), -os.errno.EOPNOTSUPP);
    closeSync(opened);
  });
});

import assert from 'node:assert/strict';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, silentLogger } from '@duet/core';
import type { FileRef, Unit } from '@duet/core';
import { EDQUOT, EINVAL, EIO, ENOSPC, EROFS, errnoError, Stat } from '@duet/core/kernel/syscalls';
import { Mirror } from '../../src/mirror.js';
import { rsyncOptions } from '../../src/options.js';
import { PieceCopies } from '../../src/transfer/piece-copies.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const PIECE_BYTES = 10;
const PIECES = 3;
const MOST_COPIES = 256;

describe('copies by pieces', () => {
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);
  let mirror: Mirror;
  let copies: PieceCopies;
  /** What rsync was given: name and bytes. */
  let sent: [string, number][];
  let settled: string[];
  /** Happens before rsync is given a file, and before a piece is read. */
  let beforeSend: (file: FileRef) => void;
  let beforeRead: (unit: Unit) => Promise<void> | void;

  beforeEach(() => {
    mkdirSync(at('source'));
    sent = [];
    settled = [];
    beforeSend = beforeRead = () => undefined;
    const options = rsyncOptions.parse({ target: at('target') });
    mirror = new Mirror({ path: fromText(at('source')), options, log: silentLogger, signal: new AbortController().signal, alive: () => undefined, now: Date.now });
    copies = PieceCopies.for(options, {
      mirror,
      prepared: () => (existsSync(at('target')) ? Promise.resolve() : mirror.prepare()),
      read: async function* (unit) {
        await beforeRead(unit);
        yield readFileSync(at('source', unit.file.path)).subarray(unit.offset, unit.offset + unit.bytes);
      },
      send: async (file) => {
        beforeSend(file);
        sent.push(whole(file));
      },
      settle: async (file, when) => {
        beforeSend(file);
        sent.push(inPlace(file));
        settled.push(when);
      },
      log: silentLogger,
    })!;
  });

  afterEach(async () => {
    await copies.close();
    await mirror.close();
  });

  /** A file of the source, of three pieces. */
  function made(no: number, mode = 0o644, folder = ''): FileRef {
    const path = fromText(`${folder}file-${no}`);
    writeFileSync(at('source', path), Buffer.alloc(PIECES * PIECE_BYTES, `${no} `));
    chmodSync(at('source', path), mode);
    const fd = openSync(at('source', path), 'r');
    const stat = new Stat();
    stat.read(fd);
    closeSync(fd);
    return { ...stat.snapshot, id: { fs: 'source', ino: stat.ino, gen: 0 }, no, dev: stat.dev, path };
  }

  const take = (file: FileRef, piece: number): Promise<boolean> =>
    copies.take({ file, offset: piece * PIECE_BYTES, bytes: PIECE_BYTES, whole: false, cachedBytes: 0, cacheIsFromDisk: false, reason: 'cold' });
  const takeAll = async (file: FileRef): Promise<void> => {
    for (let piece = 0; piece < PIECES; piece++) await take(file, piece);
  };
  const unfinished = (): string[] => readdirSync(at('target', mirror.unfinished));
  const whole = (file: FileRef): [string, number] => [file.path, file.size];
  const inPlace = (file: FileRef): [string, number] => [file.path, 0];

  it('have the mode of the source before rsync comes to them', async () => {
    const file = made(1, 0o4751);
    const modes: number[] = [];
    beforeSend = () => modes.push(statSync(at('target', file.path)).mode & 0o7777);
    await takeAll(file);
    assert.deepEqual([modes, sent], [[0o4751], [inPlace(file)]]);
  });

  it('are settled with what comes later, but soon in a folder that is closed until then', async () => {
    mkdirSync(at('source/new/deep'), { recursive: true });
    await takeAll(made(1));
    chmodSync(at('target'), 0o755);
    for (const [no, folder] of [[2, ''], [3, 'new/deep/'], [4, 'new/deep/']] as const) await takeAll(made(no, 0o644, folder));
    assert.equal(statSync(at('target/new/deep')).mode & 0o777, 0o700);
    chmodSync(at('target/new/deep'), 0o750);
    await takeAll(made(5, 0o644, 'new/deep/'));
    assert.deepEqual(settled, ['soon', 'later', 'soon', 'soon', 'later']);
  });

  it('go on for other files after a fault of one', async () => {
    const [first, second] = [made(1), made(2)];
    mkdirSync(at('target'), 0o700);
    await mirror.prepare();
    mkdirSync(at('target/file-1'));
    await takeAll(first);
    beforeRead = ({ file }) => {
      if (file.no === 3) throw errnoError(EINVAL, 'write');
    };
    const third = made(3);
    await takeAll(third);
    await takeAll(second);
    assert.deepEqual(sent, [whole(first), whole(third), inPlace(second)]);
    assert.deepEqual(readFileSync(at('target/file-2')), readFileSync(at('source/file-2')));
  });

  for (const [name, errno] of Object.entries({ ENOSPC, EDQUOT, EIO, EROFS })) {
    it(`end for all files when the target says ${name}`, async () => {
      const [first, second] = [made(1), made(2)];
      const read: [string, number][] = [];
      beforeRead = ({ file, offset }) => {
        read.push([file.path, offset]);
        if (offset > 0) throw errnoError(errno, 'write');
      };
      await takeAll(first);
      await takeAll(second);
      assert.deepEqual(read, [[first.path, 0], [first.path, PIECE_BYTES]]);
      assert.deepEqual([sent, unfinished()], [[whole(first), whole(second)], []]);
    });
  }

  it('end for all files when the folder of unfinished files cannot be used, and keep nothing of it open', async () => {
    const [first, second] = [made(1), made(2)];
    await mirror.prepare();
    chmodSync(at('target', mirror.unfinished), 0o777);
    await takeAll(first);
    chmodSync(at('target', mirror.unfinished), 0o700);
    await takeAll(second);
    assert.deepEqual([sent, unfinished()], [[whole(first), whole(second)], []]);
    assert.ok(!isOpen());
  });

  it('make room for more: that of a file which nothing was added to for longest goes', async () => {
    const files = Array.from({ length: MOST_COPIES + 2 }, (_, i) => made(i + 1));
    const [growing, gone, also, ...others] = files;
    for (const file of files.slice(0, MOST_COPIES)) await take(file, 0);
    // Of one that a piece is added to just now the copy stays, however long that takes.
    let goOn = (): void => undefined;
    beforeRead = ({ file }) => (file === growing ? new Promise((resolve) => (goOn = resolve)) : undefined);
    const taking = take(growing, 1);
    const [last, ...first] = others.reverse();
    await take(first[0], 0);
    for (const file of [also, ...first]) await take(file, 1);
    await take(last, 0);
    assert.deepEqual([sent, unfinished().length], [[], MOST_COPIES]);
    goOn();
    await taking;
    beforeRead = () => undefined;

    assert.equal(await take(gone, 1), false);
    assert.equal(await take(also, 2), false);
    for (const file of [growing, ...first]) await take(file, 2);
    assert.deepEqual(sent, [whole(gone), whole(also), inPlace(growing), ...first.map(inPlace)]);
    assert.equal(unfinished().length, 1, 'that of the last');
  });

  it('follow no link in the place of the folder of unfinished files', async () => {
    const file = made(1);
    mkdirSync(at('target'));
    mkdirSync(at('elsewhere'), 0o700);
    symlinkSync(at('elsewhere'), at('target', mirror.unfinished));
    await takeAll(file);
    assert.deepEqual([sent, readdirSync(at('elsewhere'))], [[whole(file)], []]);
  });

  /** Whether this process has the folder of unfinished files open. */
  function isOpen(): boolean {
    const path = at('target', mirror.unfinished);
    return readdirSync('/proc/self/fd').some((fd) => existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`) === path);
  }
});

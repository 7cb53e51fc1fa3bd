import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BytePath } from '@duet/core';
import { residentBytes } from '@duet/core/kernel/read';
import { WriteBehind } from '../../src/target/write-behind.js';
import { UnfinishedCopy } from '../../src/transfer/unfinished-copy.js';

const MIB = 2 ** 20;
const TMPFS = 0x01021994;

describe('what a mirror writes', function () {
  this.timeout(20_000);
  let target = '';
  let writeBehind: WriteBehind | undefined;
  const at = (...names: string[]): string => join(target, ...names);

  beforeEach(function () {
    // What is in memory only cannot leave it.
    if (statfsSync(tmpdir()).type === TMPFS) this.skip();
    target = mkdtempSync(join(tmpdir(), 'duet-rsync-behind-'));
    mkdirSync(at('unfinished'));
  });

  afterEach(() => {
    writeBehind?.close();
    writeBehind = undefined;
    if (target !== '') rmSync(target, { recursive: true, force: true });
  });

  function cached(path: string): number {
    const fd = openSync(path, 'r');
    try {
      return residentBytes(fd, 0, 64 * MIB) ?? 0;
    } finally {
      closeSync(fd);
    }
  }

  it('leaves the cache while it is written, also when it is moved to its place meanwhile', async () => {
    writeBehind = new WriteBehind(target, at('unfinished'));
    writeFileSync(at('unfinished/.a'), Buffer.alloc(8 * MIB, 'a'));
    writeFileSync(at('unfinished/.b'), Buffer.alloc(8 * MIB, 'b'));
    await sleep(30);
    renameSync(at('unfinished/.b'), at('b'));
    while (cached(at('unfinished/.a')) + cached(at('b')) > 2 * MIB) await sleep(10);
    writeFileSync(at('unfinished/.a'), Buffer.alloc(4 * MIB, 'more'), { flag: 'a' });
    while (cached(at('unfinished/.a')) > MIB) await sleep(10);
  });

  it('leaves the cache while it is copied here, piece by piece', async () => {
    const folder = openSync(at('unfinished'), 'r');
    const copy = new UnfinishedCopy(folder);
    try {
      for (let mib = 0; mib < 16; mib++) {
        await copy.write(Buffer.alloc(MIB, 'c'));
        const [name] = readdirSync(at('unfinished'));
        assert.ok(cached(at('unfinished', name)) <= 3 * MIB);
      }
      await copy.moveTo(folder, 'whole' as BytePath, { mtimeNs: 1_234_567_890_987_654_321n, ownerAndMode: { uid: process.getuid!(), gid: process.getgid!(), mode: 0o640 }, acls: false });
      assert.equal(cached(at('unfinished/whole')), 0);
      assert.equal(readFileSync(at('unfinished/whole'), 'latin1'), 'c'.repeat(16 * MIB));
      assert.equal(statSync(at('unfinished/whole'), { bigint: true }).mtimeNs, 1_234_567_890_987_654_321n);
    } finally {
      closeSync(folder);
    }
  });

  it('leaves it when it is done, by name', async () => {
    writeFileSync(at('small'), Buffer.alloc(MIB, 's'));
    writeBehind = new WriteBehind(target, at('unfinished'));
    await writeBehind.drop(['small', 'gone'] as BytePath[]);
    assert.equal(cached(at('small')), 0);
  });
});

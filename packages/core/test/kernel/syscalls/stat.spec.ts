import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText } from '../../../src/model/index.js';
import { AT_FDCWD, CString, devName, ENOENT, errnoName, kernelDev, Stat, statDev, syscallError } from '../../../src/kernel/syscalls/index.js';

describe('Stat', () => {
  it('decodes what the kernel writes', () => {
    const bytes = Buffer.alloc(256);
    bytes.writeUInt32LE(0x1fff, 0);
    bytes.writeUInt32LE(3, 16);
    bytes.writeUInt32LE(1000, 20);
    bytes.writeUInt32LE(1001, 24);
    bytes.writeUInt16LE(0o100644, 28);
    bytes.writeBigInt64LE(12n, 64);
    bytes.writeUInt32LE(34, 72);
    bytes.writeBigUInt64LE(2n ** 40n + 7n, 32);
    bytes.writeBigUInt64LE(2n ** 45n + 1n, 40);
    bytes.writeBigInt64LE(-5n, 112);
    bytes.writeUInt32LE(999_999_999, 120);
    bytes.writeBigInt64LE(1_700_000_000n, 96);
    bytes.writeUInt32LE(7, 136);
    bytes.writeUInt32LE(3, 140);
    bytes.writeBigUInt64LE(42n, 144);
    const stat = new Stat();
    stat.load(bytes);
    assert.deepEqual([stat.nlink, stat.uid, stat.isRegular, stat.isFolder], [3, 1000, true, false]);
    assert.deepEqual([stat.ino, stat.size], [2 ** 40 + 7, 2 ** 45 + 1]);
    assert.deepEqual([stat.gid, stat.exactIno, stat.atimeNs], [1001, 2n ** 40n + 7n, 12_000_000_034n]);
    assert.equal(stat.mtimeNs, -4_000_000_001n);
    assert.equal(stat.ctimeNs, 1_700_000_000_000_000_000n);
    assert.deepEqual([stat.dev, devName(stat.dev), stat.mountId], [kernelDev(7, 3), '7:3', 42]);
    assert.equal(stat.directAlign, undefined);
  });

  it('spells device numbers as stat(2) does', () => {
    // Of makedev(3).
    assert.equal(statDev(kernelDev(8, 1)), 0x801n);
    assert.equal(statDev(kernelDev(0x12, 0x12345)), 0x12301245n);
    assert.equal(statDev(kernelDev(0xabc, 0xfffff)), 0xfffabcffn);
  });

  it('agrees with Node about a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-stat-'));
    try {
      const file = join(folder, 'file');
      writeFileSync(file, 'content');
      utimesSync(file, 1e9, 1e9 + 0.5);
      const node = statSync(file, { bigint: true });
      const stat = new Stat();
      const fd = openSync(file, 'r');
      assert.equal(stat.read(fd), 0);
      closeSync(fd);
      assert.deepEqual([BigInt(stat.ino), BigInt(stat.size), stat.mtimeNs, stat.ctimeNs], [node.ino, node.size, node.mtimeNs, node.ctimeNs]);
      assert.deepEqual([stat.exactIno, stat.atimeNs, BigInt(stat.gid), statDev(stat.dev)], [node.ino, node.atimeNs, node.gid, node.dev]);
      assert.equal(stat.readAt(AT_FDCWD, new CString().put(fromText(join(folder, 'none')))), -ENOENT);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('errno', () => {
  it('names errors', () => {
    assert.equal(errnoName(-ENOENT), 'ENOENT');
    assert.equal(errnoName(4095), 'E4095');
  });

  it('makes an error with the name as its cause', () => {
    const error = syscallError('open', 'openat', -ENOENT, fromText('/nöne'));
    assert.equal(error.code, 'DUET_ERR_SYSCALL');
    assert.equal(error.message, 'cannot open /nöne: ENOENT');
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ENOENT');
  });
});

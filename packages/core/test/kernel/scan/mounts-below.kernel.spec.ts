import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText } from '../../../src/model/index.js';
import { readDeviceBytes } from '../../../src/kernel/block-device.js';
import { bootTimeMs } from '../../../src/kernel/mount-time.js';
import { monotonicNs, ThreadScanner } from '../../../src/kernel/scan/index.js';
import { dropCache } from '../cache-control.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';
import { collect, scanTree } from './scanned-tree.js';

describe('scanning across mounts', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    needsRealKernel(this);
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-mounts-'));
    mkdirSync(join(folder, 'memory'));
    mkdirSync(join(folder, 'proc'));
    execFileSync('mount', ['-t', 'tmpfs', 'duet-memory', join(folder, 'memory')]);
    execFileSync('mount', ['-t', 'proc', 'duet-proc', join(folder, 'proc')]);
    writeFileSync(join(folder, 'top'), 'top');
    writeFileSync(join(folder, 'memory', 'below'), 'below');
  });
  after(() => {
    if (folder === undefined) return;
    for (const name of ['memory', 'proc']) execFileSync('umount', [join(folder, name)]);
    rmSync(folder, { recursive: true });
  });

  it('crosses into other file systems, but not into those of the kernel', async () => {
    const { files, fs } = await scanTree(folder);
    assert.deepEqual([...files.keys()].sort(), ['memory/below', 'top']);
    const below = files.get(fromText('memory/below'))!;
    assert.deepEqual([below.fs.fsType, below.fs.mountPoint, below.fs.directRead], ['tmpfs', join(folder, 'memory'), 'none']);
    assert.equal(fs.length, 2);
  });

  it('stays on one file system if asked to', async () => {
    assert.deepEqual([...(await scanTree(folder, { oneFileSystem: true })).files.keys()], ['top']);
  });
});

for (const fsType of LOOP_FS_TYPES) {
  describe(`scanning ${fsType}`, function () {
    this.timeout(60_000);
    let fs: LoopFs;
    let beforeMountMs: number;

    before(function () {
      needsRealKernel(this);
      beforeMountMs = Date.now();
      fs = makeLoopFs(fsType);
      for (let i = 0; i < 50; i++) writeFileSync(join(fs.mountPoint, `file-${i}`), Buffer.alloc(8192, i));
      execFileSync('sync', ['-f', fs.mountPoint]);
    });
    after(() => fs?.remove());

    it('knows the file system', async () => {
      const tree = await scanTree(fs.mountPoint);
      assert.equal(tree.fs.length, 1);
      const found = tree.fs[0];
      const line = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').find((text) => text.includes(` ${fs.mountPoint} `))!;
      const [major, minor] = line.split(' ')[2].split(':').map(Number);
      assert.equal(found.dev, (major << 20) | minor);
      assert.equal(found.fsType, fsType);
      assert.equal(found.fs, execFileSync('blkid', ['-p', '-s', 'UUID', '-o', 'value', fs.device], { encoding: 'utf8' }).trim());
      assert.equal(found.residencyKnown, true);
      assert.equal(found.directRead, fsType === 'btrfs' ? 'encoded' : 'odirect');
      assert.equal(found.subvolume, fsType === 'btrfs' ? 5 : 0);
      assert.equal(found.statDev === found.dev, fsType !== 'btrfs');
      // Other btrfs file systems of this machine may be older.
      const earliest = fsType === 'btrfs' ? bootTimeMs() - 1100 : beforeMountMs - 3000;
      assert.ok(found.mountedAfterMs <= Date.now() && found.mountedAfterMs >= earliest, `mounted after ${found.mountedAfterMs}, made at ${beforeMountMs}`);
      const { ctimeNs } = [...tree.files.values()][0];
      assert.ok(found.mountedAfterMs * 1e6 < Number(ctimeNs));
    });

    it('tells places on the disk that differ, and cache state', async () => {
      for (let i = 0; i < 50; i++) dropCache(join(fs.mountPoint, `file-${i}`));
      const { files } = await scanTree(fs.mountPoint);
      const places = [...files.values()].map(({ physical }) => physical);
      assert.equal(new Set(places).size, 50);
      assert.ok(places.every((place) => place > 0 && place < Infinity));
      for (const file of files.values()) assert.ok(file.probedNs > 0);
      const path = join(fs.mountPoint, 'file-7');
      assert.equal((await scanTree(fs.mountPoint)).files.get(fromText('file-7'))!.resident, 0);
      readFileSync(path);
      const file = (await scanTree(fs.mountPoint)).files.get(fromText('file-7'))!;
      assert.deepEqual([file.resident, file.dirty, file.runs], [2, 0, [0, 2, 0]]);
      assert.equal(file.physical, 0, 'a file that is all in memory was looked up on the disk');
    });

    it('probes the cache state again', async () => {
      const scanner = new ThreadScanner(fromText(fs.mountPoint));
      try {
        const { files } = await collect(scanner);
        const path = fromText('file-9');
        const { ino, fs: scanned } = files.get(path)!;
        const target = { slot: 1, path, ino, statDev: scanned.statDev };
        const file = join(fs.mountPoint, 'file-9');
        dropCache(file);
        assert.equal((await scanner.probe([target])).residency.resident[0], 0);
        readFileSync(file);
        appendFileSync(file, Buffer.alloc(4096, 1));
        const before = monotonicNs();
        const { residency, size } = await scanner.probe([target]);
        assert.deepEqual([size[0], residency.resident[0], residency.dirty[0]], [12288, 3, 1]);
        assert.deepEqual([...residency.runs], [0, 0, 2, 0, 0, 2, 1, 1]);
        assert.ok(residency.probedNs[0] > before && residency.probedNs[0] < monotonicNs());
      } finally {
        await scanner.close();
      }
    });

    it('counts what is read from the device', async () => {
      const path = join(fs.mountPoint, 'large');
      writeFileSync(path, Buffer.alloc(8 * 1024 * 1024, 7));
      dropCache(path);
      const start = readDeviceBytes(fromText(fs.mountPoint))!;
      const sectors = (): number => Number(readFileSync(fs.statFile, 'utf8').trim().split(/\s+/)[2]);
      readFileSync(path);
      const read = readDeviceBytes(fromText(fs.mountPoint))! - start;
      assert.ok(read >= 8 * 1024 * 1024 && read < 9 * 1024 * 1024, `${read} bytes`);
      assert.equal(readDeviceBytes(fromText(fs.mountPoint)), sectors() * 512);
    });

    if (fsType === 'btrfs') {
      it('takes each subvolume for itself', async () => {
        execFileSync('btrfs', ['subvolume', 'create', join(fs.mountPoint, 'sub')]);
        writeFileSync(join(fs.mountPoint, 'sub', 'file'), 'content');
        const tree = await scanTree(fs.mountPoint);
        const inner = tree.files.get(fromText('sub/file'))!;
        assert.deepEqual([tree.fs.length, inner.fs.dev, inner.fs.fs], [2, tree.fs[0].dev, tree.fs[0].fs]);
        assert.ok(inner.fs.subvolume >= 256);
        assert.notEqual(inner.fs.statDev, tree.fs[0].statDev);
        assert.equal((await scanTree(fs.mountPoint, { oneFileSystem: true })).files.has(fromText('sub/file')), false);
      });
    }
  });
}

describe('readDeviceBytes', () => {
  it('is null where there is no device', () => {
    assert.equal(readDeviceBytes(fromText('/proc')), null);
  });
});

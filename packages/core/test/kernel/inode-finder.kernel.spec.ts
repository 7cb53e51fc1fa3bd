import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInodes } from '../../src/kernel/inode-finder.js';
import type { FoundInode } from '../../src/kernel/inode-finder.js';
import { readMounts } from '../../src/kernel/mounts.js';
import { FanotifyNames } from '../../src/kernel/names/index.js';
import { fromBytes, fromText } from '../../src/model/index.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from './loop-fs.js';
import type { LoopFs } from './loop-fs.js';
import { drained } from './names/name-log.js';
import { scanTree } from './scan/scanned-tree.js';

/** Above all that the kernel has in these small file systems. */
const UNUSED_INO = 4_000_000;

for (const fsType of LOOP_FS_TYPES) {
  describe(`findInodes on ${fsType}`, function () {
    this.timeout(60_000);
    let fs: LoopFs;
    let dev: number;
    const subvolume = fsType === 'btrfs' ? 5 : 0;
    const at = (...parts: readonly string[]): string => join(fs.mountPoint, ...parts);
    const inoAt = (path: string | Buffer): number => lstatSync(path).ino;
    const find = (...inos: readonly number[]): FoundInode[] => findInodes(readMounts(), dev, inos.map((ino) => ({ ino, subvolume })));
    const pathOf = (found: FoundInode): string => (typeof found === 'string' ? found : found.path);

    before(function () {
      needsRealKernel(this);
      fs = makeLoopFs(fsType);
      dev = readMounts().find((mount) => mount.mountPoint === fromText(fs.mountPoint))!.dev;
    });
    afterEach(() => {
      for (const name of readdirSync(fs.mountPoint, 'buffer')) rmSync(Buffer.concat([Buffer.from(`${fs.mountPoint}/`), name]), { recursive: true });
    });
    after(() => fs?.remove());

    it('finds what was opened just now, files and folders, as a scan names them', async () => {
      mkdirSync(at('d', 'e'), { recursive: true });
      writeFileSync(at('d', 'e', 'f'), '');
      const inos = [at('d', 'e', 'f'), at('d'), fs.mountPoint].map(inoAt);
      const found = find(...inos);
      assert.deepEqual(found.map(pathOf), [at('d', 'e', 'f'), at('d'), fs.mountPoint]);
      const { ino, gen, fs: scanned } = (await scanTree(fs.mountPoint)).files.get(fromText('d/e/f'))!;
      assert.deepEqual(found[0], { path: at('d', 'e', 'f'), inode: { ino, gen, subvolume: scanned.subvolume } });
    });

    it('follows renames, and finds one of several names', () => {
      writeFileSync(at('a'), '');
      linkSync(at('a'), at('b'));
      const ino = inoAt(at('a'));
      assert.ok([at('a'), at('b')].includes(pathOf(find(ino)[0])));
      unlinkSync(at('a'));
      assert.equal(pathOf(find(inoAt(at('b')))[0]), at('b'));
      renameSync(at('b'), at('c'));
      assert.equal(pathOf(find(ino)[0]), at('c'));
    });

    it('knows what is gone, and what is open without a name', () => {
      writeFileSync(at('a'), '');
      mkdirSync(at('d'));
      const inos = [inoAt(at('a')), inoAt(at('d'))];
      const fd = openSync(at('a'), 'r');
      unlinkSync(at('a'));
      rmdirSync(at('d'));
      assert.equal(find(inos[0])[0], 'nameless');
      closeSync(fd);
      execFileSync('sync', ['-f', fs.mountPoint]);
      assert.deepEqual(find(...inos, UNUSED_INO), ['gone', 'gone', 'gone']);
    });

    it('keeps names byte by byte, and is not misled by them', () => {
      const names = [Buffer.from('x (deleted)'), Buffer.from([0xff, 0xfe]), Buffer.from('new\nline'), Buffer.from('\\040')];
      const paths = names.map((name) => Buffer.concat([Buffer.from(`${fs.mountPoint}/`), name]));
      for (const path of paths) writeFileSync(path, '');
      writeFileSync(at('x'), '');
      const fd = openSync(at('x'), 'r');
      const unlinked = inoAt(at('x'));
      unlinkSync(at('x'));
      assert.deepEqual(find(...paths.map(inoAt), unlinked).map(pathOf), [...paths.map((path) => fromBytes(path)), 'nameless']);
      closeSync(fd);
    });

    it('takes a number that is in use again for who has it now', () => {
      const names = new FanotifyNames();
      assert.equal(names.follow({ dev }), true);
      const firsts = new Map<number, number>();
      try {
        for (let i = 0; i < 64; i++) writeFileSync(at(`old-${i}`), '');
        for (const { target } of drained(names).events) firsts.set(target.ino, target.gen);
        for (let i = 0; i < 64; i++) unlinkSync(at(`old-${i}`));
        execFileSync('sync', ['-f', fs.mountPoint]);
        for (let i = 0; i < 64; i++) writeFileSync(at(`new-${i}`), '');
        drained(names);
      } finally {
        names.stop();
      }
      const now = new Map(readdirSync(fs.mountPoint).map((name) => [inoAt(at(name)), at(name)]));
      const inos = [...firsts.keys()];
      find(...inos).forEach((found, i) => {
        assert.equal(pathOf(found), now.get(inos[i]) ?? 'gone');
        if (typeof found !== 'string') assert.notEqual(found.inode.gen, firsts.get(inos[i]));
      });
      // btrfs never gives a number away again.
      assert.equal(inos.some((ino) => now.has(ino)), fsType !== 'btrfs');
    });

    it('is never wrong when the kernel has forgotten the names', () => {
      mkdirSync(at('d'));
      const files = Array.from({ length: 50 }, (_, i) => at('d', `file-${i}`));
      for (const file of files) writeFileSync(file, '');
      const inos = files.map(inoAt);
      execFileSync('sync', ['-f', fs.mountPoint]);
      writeFileSync('/proc/sys/vm/drop_caches', '2');
      find(...inos).forEach((found, i) => assert.ok([files[i], 'nameless'].includes(pathOf(found)), pathOf(found)));
      files.forEach((file) => closeSync(openSync(file, 'r')));
      assert.deepEqual(find(...inos).map(pathOf), files);
    });

    it('finds paths through the mounts that lead there', () => {
      const folder = mkdtempSync(join(tmpdir(), 'duet-finder-'));
      const bound = join(folder, 'bound');
      const hider = at('d');
      const done: string[] = [];
      try {
        mkdirSync(bound);
        mkdirSync(at('d', 'e'), { recursive: true });
        writeFileSync(at('d', 'e', 'in'), '');
        writeFileSync(at('out'), '');
        const inos = [inoAt(at('d', 'e', 'in')), inoAt(at('out'))];
        execFileSync('mount', ['--bind', at('d', 'e'), bound]);
        done.unshift(bound);
        assert.deepEqual(find(...inos).map(pathOf), [at('d', 'e', 'in'), at('out')]);
        const only = readMounts().filter(({ mountPoint }) => mountPoint === fromText(bound));
        assert.deepEqual(findInodes(only, dev, inos.map((ino) => ({ ino, subvolume }))).map(pathOf), [join(bound, 'in'), 'nameless']);
        execFileSync('mount', ['-t', 'tmpfs', 'duet-hider', hider]);
        done.unshift(hider);
        assert.deepEqual(find(...inos).map(pathOf), [join(bound, 'in'), at('out')]);
        execFileSync('umount', [bound]);
        done.pop();
        assert.deepEqual(find(...inos).map(pathOf), ['nameless', at('out')]);
      } finally {
        for (const mounted of done) execFileSync('umount', [mounted]);
        rmSync(folder, { recursive: true });
      }
    });

    it('holds on to nothing', async () => {
      writeFileSync(at('a'), '');
      const ino = inoAt(at('a'));
      const descriptors = readdirSync('/proc/self/fd').length;
      find(ino, UNUSED_INO);
      assert.equal(readdirSync('/proc/self/fd').length, descriptors);
      await fs.remount();
      dev = readMounts().find((mount) => mount.mountPoint === fromText(fs.mountPoint))!.dev;
    });

    if (fsType === 'btrfs') {
      it('keeps the same numbers of subvolumes apart', async () => {
        for (const sub of ['one', 'two']) {
          execFileSync('btrfs', ['subvolume', 'create', at(sub)]);
          writeFileSync(at(sub, sub), '');
        }
        const { files } = await scanTree(fs.mountPoint);
        const asked = ['one/one', 'two/two'].map((path) => files.get(fromText(path))!).map(({ ino, fs: { subvolume: number } }) => ({ ino, subvolume: number }));
        assert.equal(asked[0].ino, asked[1].ino);
        assert.deepEqual(findInodes(readMounts(), dev, asked).map(pathOf), [at('one', 'one'), at('two', 'two')]);
        assert.deepEqual(findInodes(readMounts(), dev, [{ ino: asked[0].ino, subvolume: 9999 }]), ['gone']);
        for (const sub of ['one', 'two']) execFileSync('btrfs', ['subvolume', 'delete', at(sub)]);
      });
    }
  });
}

describe('findInodes', () => {
  it('finds nothing on a file system that is not mounted, or has other handles', () => {
    const proc = readMounts().find((mount) => mount.fsType === 'proc')!;
    assert.deepEqual(findInodes(readMounts(), proc.dev, [{ ino: 1, subvolume: 0 }]), ['nameless']);
    assert.deepEqual(findInodes(readMounts(), 0x7fff_ffff, [{ ino: 1, subvolume: 0 }, { ino: 2, subvolume: 0 }]), ['nameless', 'nameless']);
    assert.deepEqual(findInodes([], proc.dev, []), []);
  });
});

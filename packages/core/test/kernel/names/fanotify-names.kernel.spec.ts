import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readMounts } from '../../../src/kernel/mounts.js';
import { FanotifyNames, QuietNames } from '../../../src/kernel/names/index.js';
import { libc } from '../../../src/kernel/syscalls/library.js';
import { fromText, toBytes } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { LOOP_FS_TYPES, makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';
import { scanTree } from '../scan/scanned-tree.js';
import { drained } from './name-log.js';

const RENAME_EXCHANGE = 2;
const AT_FDCWD = -100;
const renameat2 = libc.func('int renameat2(int oldDir, const char *old, int newDir, const char *new, unsigned int flags)');

/** A mount to follow; btrfs also as distributions mount it, a subvolume. */
const LAYOUTS = [...LOOP_FS_TYPES.map((fsType) => ({ fsType, subvolume: undefined })), { fsType: 'btrfs' as const, subvolume: '@' }];

for (const { fsType, subvolume } of LAYOUTS) {
  describe(`FanotifyNames on ${fsType}${subvolume === undefined ? '' : `, subvol=${subvolume}`}`, function () {
    this.timeout(120_000);
    let fs: LoopFs;
    let names: FanotifyNames;
    let dev: number;
    const at = (...parts: readonly string[]): string => join(fs.mountPoint, ...parts);
    const follow = (): boolean => {
      const mount = readMounts().find((one) => one.mountPoint === fromText(fs.mountPoint))!;
      dev = mount.dev;
      return names.follow(mount);
    };

    before(async function () {
      needsRealKernel(this);
      const options: { mountOptions?: string } = {};
      fs = makeLoopFs(fsType, options);
      if (subvolume === undefined) return;
      execFileSync('btrfs', ['subvolume', 'create', at(subvolume)]);
      options.mountOptions = `subvol=${subvolume}`;
      await fs.remount();
    });
    beforeEach(() => {
      names = new FanotifyNames();
      assert.equal(follow(), true);
    });
    afterEach(() => {
      names.stop();
      for (const name of readdirSync(fs.mountPoint, 'buffer')) rmSync(Buffer.concat([Buffer.from(`${fs.mountPoint}/`), name]), { recursive: true });
    });
    after(() => fs?.remove());

    it('tells of names made, removed and changed', () => {
      const steps: readonly (readonly [() => void, string])[] = [
        [() => writeFileSync(at('a'), ''), '+a'],
        [() => linkSync(at('a'), at('b')), '+b'],
        [() => unlinkSync(at('a')), '-a'],
        [() => renameSync(at('b'), at('c')), 'b>c'],
        [() => mkdirSync(at('d')), '+d/'],
        [() => renameSync(at('c'), at('d', 'c')), 'c>c'],
        [() => writeFileSync(at('over'), ''), '+over'],
        [() => renameSync(at('over'), at('d', 'c')), 'over>c'],
        [() => renameSync(at('d'), at('e')), 'd>e/'],
        [() => unlinkSync(at('e', 'c')), '-c'],
        [() => rmdirSync(at('e')), '-e/'],
        [() => symlinkSync('nowhere', at('link')), '+link'],
        [() => execFileSync('mkfifo', [at('fifo')]), '+fifo'],
      ];
      for (const [step, line] of steps) {
        step();
        assert.deepEqual(drained(names).lines, [line]);
      }
      assert.deepEqual(drained(names).lines, []);
    });

    it('keeps the order of what waits, and looks into nothing that is not there', () => {
      mkdirSync(at('d'));
      writeFileSync(at('d', 'f'), '');
      renameSync(at('d'), at('e'));
      linkSync(at('e', 'f'), at('g'));
      assert.deepEqual(drained(names).lines, ['+d/', '+f', 'd>e/', '+g', '?d/']);
    });

    it('names inodes as a scan does', async () => {
      mkdirSync(at('d'));
      writeFileSync(at('d', 'f'), '');
      linkSync(at('d', 'f'), at('top'));
      const [folder, file, link] = drained(names).events;
      const { files } = await scanTree(fs.mountPoint);
      const { ino, gen, fs: scanned } = files.get(fromText('d/f'))!;
      const inode = { ino, gen, subvolume: scanned.subvolume };
      assert.deepEqual([file.target, link.target], [inode, inode]);
      assert.deepEqual(file.to!.folder, folder.target);
      assert.deepEqual(link.to!.folder, folder.to!.folder);
      assert.equal(folder.target.ino, lstatSync(at('d')).ino);
      assert.equal(folder.to!.folder.ino, lstatSync(fs.mountPoint).ino);
      assert.deepEqual([file.dev, scanned.dev], [dev, dev]);
    });

    it('keeps names byte by byte', () => {
      const all = ['new\nline', '\xff\xfe', 'x (deleted)', ' ', 'y'.repeat(255)] as BytePath[];
      for (const name of all) writeFileSync(Buffer.concat([Buffer.from(`${fs.mountPoint}/`), toBytes(name)]), '');
      assert.deepEqual(
        drained(names).events.map(({ to }) => to?.name),
        all,
      );
    });

    it('does not know what is there of what was made and removed while it waited', () => {
      writeFileSync(at('a'), '');
      unlinkSync(at('a'));
      writeFileSync(at('b'), '');
      linkSync(at('b'), at('c'));
      unlinkSync(at('c'));
      linkSync(at('b'), at('c'));
      assert.deepEqual(drained(names).lines, ['?a', '+b', '?c']);
    });

    it('says that names were lost, and goes on', () => {
      const limit = Number(readFileSync('/proc/sys/fs/fanotify/max_queued_events', 'latin1'));
      mkdirSync(at('many'));
      writeFileSync(at('many', 'file'), '');
      for (let i = 0; i < limit; i++) linkSync(at('many', 'file'), at('many', `${i}`));
      const { events, lost } = drained(names);
      assert.deepEqual([events.length, lost], [limit, [dev]]);
      writeFileSync(at('later'), '');
      assert.deepEqual(drained(names).lines, ['+later']);
    });

    it('lets go of the file system, which is followed anew when it is mounted again', async () => {
      await fs.remount();
      writeFileSync(at('unseen'), '');
      assert.deepEqual(drained(names).lines, []);
      assert.equal(follow(), true);
      assert.equal(follow(), true);
      writeFileSync(at('seen'), '');
      assert.deepEqual(drained(names).lines, ['+seen']);
      names.unfollow(dev);
      writeFileSync(at('late'), '');
      assert.deepEqual(drained(names).lines, []);
    });

    it('leads whoever looks at names in doubt to what is there', () => {
      const NAMES = ['a', 'b', 'c'];
      const name = fc.constantFrom(...NAMES);
      const action = fc.oneof({ weight: 20, arbitrary: fc.constantFrom('create', 'link', 'rename', 'exchange', 'unlink') }, { weight: 1, arbitrary: fc.constant('drain') });
      fc.assert(
        fc.property(fc.array(fc.tuple(action, name, name), { minLength: 10, maxLength: 60, size: 'max' }), (steps) => {
          for (const one of NAMES) rmSync(at(one), { force: true });
          drained(names);
          const known = new Map<string, number>();
          const look = (): void => {
            for (const { from, to, target, unsure } of drained(names).events) {
              if (from !== undefined && known.get(from.name) === target.ino) known.delete(from.name);
              if (to === undefined) continue;
              if (unsure !== true) known.set(to.name, target.ino);
              else if (inoAt(at(to.name)) === target.ino) known.set(to.name, target.ino);
              else if (known.get(to.name) === target.ino) known.delete(to.name);
            }
          };
          for (const [action, first, second] of steps) {
            if (action === 'drain') look();
            else act(action, at(first), at(second));
          }
          look();
          assert.deepEqual(
            [...known].sort(),
            NAMES.filter((one) => existsSync(at(one))).map((one) => [one, inoAt(at(one))]),
          );
        }),
        {
          numRuns: 300,
          examples: [
            [[['create', 'a', 'a'], ['drain', 'a', 'a'], ['rename', 'a', 'b'], ['rename', 'b', 'a'], ['rename', 'a', 'b']]],
            [[['create', 'a', 'a'], ['rename', 'a', 'b'], ['link', 'b', 'a']]],
            [[['create', 'a', 'a'], ['create', 'b', 'b'], ['exchange', 'a', 'b'], ['exchange', 'a', 'b']]],
          ],
        },
      );
    });

    if (fsType === 'btrfs') {
      it('tells of all subvolumes, and which one', async () => {
        execFileSync('btrfs', ['subvolume', 'create', at('sub')]);
        assert.deepEqual(drained(names).lines, ['+sub/']);
        writeFileSync(at('sub', 'file'), '');
        writeFileSync(at('file'), '');
        const [inner, outer] = drained(names).events;
        const { files } = await scanTree(fs.mountPoint);
        for (const [path, event] of [['sub/file', inner], ['file', outer]] as const) {
          const { ino, gen, fs: scanned } = files.get(fromText(path))!;
          assert.deepEqual(event.target, { ino, gen, subvolume: scanned.subvolume });
          assert.equal(event.to!.folder.subvolume, scanned.subvolume);
        }
        assert.notEqual(inner.target.subvolume, outer.target.subvolume);
        execFileSync('btrfs', ['subvolume', 'delete', at('sub')]);
        assert.deepEqual(drained(names).lines.slice(-1), ['-sub/']);
      });
    }
  });
}

describe('FanotifyNames', function () {
  before(function () {
    needsRealKernel(this);
  });

  it('tells file systems apart, and needs one whose handles it knows', () => {
    const both = [makeLoopFs('ext4'), makeLoopFs('ext4')];
    const names = new FanotifyNames();
    try {
      const mounts = both.map((fs) => readMounts().find((one) => one.mountPoint === fromText(fs.mountPoint))!);
      assert.deepEqual(mounts.map((mount) => names.follow(mount)), [true, true]);
      for (const fs of both) writeFileSync(join(fs.mountPoint, 'file'), '');
      assert.deepEqual(
        drained(names).events.map((event) => event.dev),
        mounts.map((mount) => mount.dev),
      );
      assert.equal(names.follow(readMounts().find((mount) => mount.fsType === 'proc')!), false);
      assert.equal(names.follow({ dev: 0x7fff_ffff }), false);
    } finally {
      names.stop();
      names.stop();
      for (const fs of both) fs.remove();
    }
  });

  it('follows nothing without root, and says so', () => {
    const module = new URL('../../../src/kernel/index.js', import.meta.url);
    const script = `import { FanotifyNames, MountWatch } from '${module.href}';
      process.seteuid(65534);
      console.log(new FanotifyNames().follow(new MountWatch().mounts.find((mount) => mount.mountPoint === '/')));`;
    assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), 'false\n');
  });

  it('has a stand-in that knows nothing', () => {
    const names = new QuietNames();
    assert.equal(names.follow(), false);
    assert.deepEqual(drained(names).lines, []);
  });
});

function inoAt(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

/** Does one thing; nothing where the names do not allow it. */
function act(action: string, first: string, second: string): void {
  if (action === 'create') writeFileSync(first, '');
  else if (!existsSync(first)) return;
  else if (action === 'unlink') unlinkSync(first);
  else if (action === 'rename') renameSync(first, second);
  else if (action === 'exchange') renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
  else if (!existsSync(second)) linkSync(first, second);
}

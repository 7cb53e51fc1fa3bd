import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText, readMounts } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { close } from '@duet/core/kernel/syscalls';
import { BareFiles, plainMounts } from '../../src/tree/bare-files.js';
import { FolderLook } from '../../src/tree/folder-look.js';
import { mountOver } from '../mounted-fs.js';
import type { FsType } from '../mounted-fs.js';

/** By then, whatever is done next has a later ctime. */
const LATER_MS = 10_000;

for (const fsType of ['ext4', 'xfs', 'btrfs'] satisfies FsType[]) {
  describe(`a look at a folder as a whole, on ${fsType}`, function () {
    this.timeout(20_000);
    let mounted: string;
    let unmount: () => void;
    const at = (...names: string[]): string => join(mounted, 'folder', ...names);

    before(function () {
      if (process.getuid?.() !== 0) this.skip();
    });

    beforeEach(() => {
      mounted = mkdtempSync(join(tmpdir(), 'duet-look-'));
      unmount = mountOver(mounted, fsType);
      mkdirSync(at('sub'), { recursive: true });
      for (let i = 0; i < 600; i++) writeFileSync(at(`file-${i}`), 'content');
      symlinkSync('file-1', at('link'));
      execFileSync('mkfifo', [at('fifo')]);
    });

    afterEach(() => {
      unmount();
      rmdirSync(mounted);
    });

    /** What the look gives, as text; undefined: nothing. */
    function look(nowMs = Date.now() + LATER_MS, seed = 'seed', path = 'folder', mounts = plainMounts(readMounts())): string | undefined {
      const root = Root.open(fromText(at()));
      try {
        const seen = new FolderLook({ bareFiles: new BareFiles(mounts), seed: Buffer.from(seed), goesOn: () => true, nowMs: () => nowMs }).look(root.fd, fromText(path));
        return seen && `${seen.hash.digest('hex')} ${seen.files.length} ${seen.subfolders.join(',')}`;
      } finally {
        root.close();
      }
    }

    it('sees the same as long as nothing changes, whoever reads', () => {
      const before = look();
      assert.match(before!, / 600 sub$/);
      readFileSync(at('file-3'));
      writeFileSync(at('sub', 'in it'), 'now');
      unlinkSync(at('sub', 'in it'));
      // The folder in it has another time now; the rest is as it was.
      assert.notEqual(look(), before);
      const now = look();
      readFileSync(at('file-3'));
      execFileSync('sync', ['-f', at()]);
      execFileSync('mount', ['-o', 'remount,relatime', mounted]);
      assert.equal(look(), now);
    });

    it('sees each change, and what else lists depend on', async () => {
      const changes: readonly [string, () => void][] = [
        ['content', () => writeFileSync(at('file-1'), 'another')],
        ['content of a length that is the same', () => writeFileSync(at('file-1'), 'ANOTHER')],
        ['a new file', () => writeFileSync(at('new'), '')],
        ['one file less', () => unlinkSync(at('file-2'))],
        ['another name', () => renameSync(at('file-3'), at('file-3a'))],
        ['the mode', () => chmodSync(at('file-4'), 0o600)],
        ['the owner', () => chownSync(at('file-5'), 1234, 0)],
        ['the group', () => chownSync(at('file-5'), 1234, 1234)],
        ['times', () => utimesSync(at('file-6'), 1, 1)],
        ['an attribute', () => execFileSync('setfattr', ['-n', 'user.a', '-v', 'b', at('file-7')])],
        ['an attribute of a folder', () => execFileSync('setfattr', ['-n', 'user.a', '-v', 'b', at('sub')])],
        ['a second name elsewhere', () => linkSync(at('file-8'), at('sub', 'second'))],
        ['where a link leads', () => (unlinkSync(at('link')), symlinkSync('file-2', at('link')))],
        ['a fifo in place of a file', () => (unlinkSync(at('file-9')), execFileSync('mkfifo', [at('file-9')]))],
        ['files that change places', () => (renameSync(at('file-10'), at('x')), renameSync(at('file-11'), at('file-10')), renameSync(at('x'), at('file-11')))],
      ];
      const seen = new Set([look()]);
      for (const [what, change] of changes) {
        // Longer than the kernel's tick, by which the ctime goes.
        await sleep(30);
        change();
        const now = look();
        assert.ok(now !== undefined && !seen.has(now), what);
        seen.add(now);
      }
      for (const other of [look(undefined, 'other seed'), look(undefined, 'seed', 'other/path')]) {
        assert.ok(other !== undefined && !seen.has(other));
        seen.add(other);
      }
    });

    it('sees nothing where something changed just now, or is mounted', () => {
      assert.equal(look(Date.now()), undefined);
      execFileSync('mount', ['--bind', at('sub'), at('sub')]);
      try {
        assert.equal(look(), undefined);
      } finally {
        execFileSync('umount', [at('sub')]);
      }
      assert.notEqual(look(), undefined);
      execFileSync('mount', ['-t', 'tmpfs', 'duet-test', at('sub')]);
      try {
        assert.equal(look(), undefined);
      } finally {
        execFileSync('umount', [at('sub')]);
      }
    });

    it('does not go by what the folder looked at before has left behind', () => {
      mkdirSync(join(mounted, 'long'));
      for (let i = 0; i < 300; i++) writeFileSync(join(mounted, 'long', `${'name'.repeat(i % 40)}-${i}`), '');
      const root = Root.open(fromText(mounted));
      const [long, folder] = ['long', 'folder'].map((name) => root.openFolder(fromText(name)));
      try {
        const looker = new FolderLook({ bareFiles: new BareFiles(plainMounts(readMounts())), seed: Buffer.alloc(0), goesOn: () => true, nowMs: () => Date.now() + LATER_MS });
        const digest = (fd: number): string => looker.look(fd, fromText(''))!.hash.digest('hex');
        const before = digest(folder);
        digest(long);
        assert.equal(digest(folder), before);
      } finally {
        for (const fd of [long, folder]) close(fd);
        root.close();
      }
    });

    it('gives up when it is told to, and has the names only that are taken', () => {
      const root = Root.open(fromText(at()));
      const options = { bareFiles: new BareFiles(plainMounts(readMounts())), seed: Buffer.alloc(0), nowMs: () => Date.now() + LATER_MS };
      try {
        assert.equal(new FolderLook({ ...options, goesOn: () => false }).look(root.fd, fromText('')), undefined);
        const seen = new FolderLook({ ...options, goesOn: () => true }).look(root.fd, fromText(''), (name) => name.startsWith('file-1'))!;
        assert.deepEqual([seen.files.length, seen.subfolders], [111, []]);
      } finally {
        root.close();
      }
    });

    it('sees nothing on mounts that do not show attributes', () => assert.equal(look(undefined, undefined, undefined, []), undefined));
  });
}

describe('a look at a folder as a whole, on tmpfs', () => {
  it('sees nothing: whether attributes move the ctime depends on the kernel', function () {
    if (process.getuid?.() !== 0) this.skip();
    const mounted = mkdtempSync(join(tmpdir(), 'duet-look-'));
    const unmount = mountOver(mounted, 'tmpfs');
    const root = Root.open(fromText(mounted));
    try {
      assert.equal(new FolderLook({ bareFiles: new BareFiles(plainMounts(readMounts())), seed: Buffer.alloc(0), goesOn: () => true, nowMs: () => Date.now() + LATER_MS }).look(root.fd, fromText('')), undefined);
    } finally {
      root.close();
      unmount();
      rmdirSync(mounted);
    }
  });
});

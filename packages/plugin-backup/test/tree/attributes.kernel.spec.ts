import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText, readMounts } from '@duet/core';
import { Stat } from '@duet/core/kernel/syscalls';
import { MemoryStore, MemoryTables } from '@duet/core/testing';
import { listSnapshots } from '../../src/repository/snapshot.js';
import { findNodes } from '../../src/repository/walk.js';
import { BareFiles, plainMounts } from '../../src/tree/bare-files.js';
import { EntryLook } from '../../src/tree/entry-look.js';
import { MetadataReader } from '../../src/tree/metadata.js';
import { BackupFixture } from '../backup-fixture.js';
import { mountOver } from '../mounted-fs.js';
import type { FsType } from '../mounted-fs.js';
import { needsRestic, restic } from '../restic.js';

/** Longer than a file has to be left alone until it is kept in mind that it has no attributes. */
const SETTLED_MS = 3200;
/** Where a record of a page has its flags: behind the file's place in the page and the record's length. */
const FLAGS_AT = 5;
const BARE = 2;
/** A user without privileges. */
const NOBODY = 65534;

for (const fsType of ['ext4', 'xfs', 'btrfs', 'tmpfs'] as const) {
  describe(`extended attributes of files on ${fsType}`, function () {
    this.timeout(120_000);
    const isTrusted = fsType !== 'tmpfs';
    let fixture: BackupFixture;
    let tables: MemoryTables;
    let unmount: () => void;

    before(function () {
      needsRestic(this);
      if (process.getuid?.() !== 0) this.skip();
    });
    beforeEach(async () => {
      fixture = await BackupFixture.make();
      fixture.store = new MemoryStore((tables = new MemoryTables()));
      unmount = mountOver(fixture.source, fsType);
      mkdirSync(join(fixture.source, 'folder'));
    });
    afterEach(() => {
      unmount();
      fixture.remove();
    });

    function itOn(types: readonly FsType[], title: string, body: () => Promise<void>): void {
      if (types.includes(fsType)) it(title, body);
    }

    const at = (name: string): string => join(fixture.source, 'folder', name);
    const attribute = (...args: string[]): void => void execFileSync('setfattr', args);

    /** Runs, and has restic look at the same. */
    async function runAsRestic(what: string): Promise<void> {
      assert.equal((await fixture.run()).summary.exitCode, 0);
      restic(fixture.repo, 'backup', '-q', '--force', fixture.source);
      const repository = await fixture.repository();
      const snapshots = await listSnapshots(repository.files);
      const [ours, theirs] = await Promise.all(snapshots.slice(-2).map((snapshot) => findNodes(repository, snapshot, fromText(fixture.source))));
      assert.deepEqual(ours.nodes, theirs.nodes, what);
    }

    /** Pages of records in the state, and places of the flags in each. */
    function flags(): { readonly page: Uint8Array; readonly at: number }[] {
      const found: { page: Uint8Array; at: number }[] = [];
      for (const values of tables.state.values()) {
        for (const [key, page] of values) {
          if (!key.startsWith('p/')) continue;
          for (let i = 0; i < page.length; i += FLAGS_AT + Buffer.from(page).readUInt32LE(i + 1)) found.push({ page, at: i + FLAGS_AT });
        }
      }
      return found;
    }
    const bareCount = (): number => flags().filter(({ page, at: i }) => (page[i] & BARE) !== 0).length;

    itOn(['ext4', 'tmpfs'], 'are those that they have at each run, whenever they were set', async () => {
      for (const name of ['late', 'removed', 'acl', 'never', 'had']) writeFileSync(at(name), name);
      attribute('-n', 'user.had', '-v', 'from the beginning', at('had'));
      await sleep(SETTLED_MS);
      writeFileSync(at('soon'), 'soon');
      await runAsRestic('at first');
      assert.equal(bareCount(), isTrusted ? 4 : 0);
      attribute('-n', 'user.soon', '-v', 'in the same second', at('soon'));
      await runAsRestic('set at once');
      for (const name of ['late', 'removed']) attribute('-n', 'user.late', '-v', name, at(name));
      execFileSync('setfacl', ['-m', 'u:1234:r', at('acl')]);
      await runAsRestic('set later');
      attribute('-x', 'user.late', at('removed'));
      execFileSync('setfacl', ['-b', at('acl')]);
      await runAsRestic('removed');
      await sleep(SETTLED_MS);
      await runAsRestic('as before');
      assert.equal(bareCount(), isTrusted ? 3 : 0, 'all but those that have some');
      attribute('-n', 'user.late', '-v', 'again', at('removed'));
      await runAsRestic('set again');
    });

    itOn(['ext4'], 'are asked for where the state does not say, which is then known', async () => {
      // More than are asked for, and told of, at once.
      const files = 1500;
      for (let i = 0; i < files; i++) writeFileSync(at(`file-${i}`), String(i));
      await sleep(SETTLED_MS);
      await runAsRestic('at first');
      assert.equal(bareCount(), files);
      // As it was before there were such flags.
      for (const { page, at: i } of flags()) page[i] &= 1;
      attribute('-n', 'user.x', '-v', 'y', at('file-7'));
      await runAsRestic('with a state that does not say');
      assert.equal(bareCount(), files - 1);
      await runAsRestic('and once more');
    });

    it('do not change without the ctime where that is trusted', async () => {
      let aheadMs = 0;
      const bare = new BareFiles(plainMounts(readMounts()), () => Date.now() + aheadMs);
      writeFileSync(at('file'), 'file');
      const fd = openSync(at('file'), 'r');
      const stat = new Stat();
      const look = (): boolean => {
        stat.read(fd);
        return bare.has(fd, stat);
      };
      try {
        assert.equal(look(), false, 'just written');
        aheadMs = SETTLED_MS;
        const changes: (readonly [boolean, () => void])[] = [
          [true, () => undefined],
          [false, () => attribute('-n', 'user.a', '-v', 'b', at('file'))],
          [false, () => attribute('-n', 'user.a', '-v', 'c', at('file'))],
          [true, () => attribute('-x', 'user.a', at('file'))],
          [false, () => execFileSync('setfacl', ['-m', 'u:1234:r', at('file')])],
          [true, () => execFileSync('setfacl', ['-b', at('file')])],
          [false, () => attribute('-n', 'trusted.a', '-v', 'b', at('file'))],
          [true, () => attribute('-x', 'trusted.a', at('file'))],
          [false, () => attribute('-n', 'security.a', '-v', 'b', at('file'))],
        ];
        for (const [i, [isBare, change]] of changes.entries()) {
          const before = stat.ctimeNs;
          await sleep(20);
          change();
          look();
          if (i > 0 && isTrusted) assert.notEqual(stat.ctimeNs, before, `change ${i}`);
          assert.equal(look(), isBare && isTrusted, `change ${i}`);
        }
      } finally {
        closeSync(fd);
      }
    });

    itOn(['ext4'], 'are not taken for none where they may be listed but not read', async () => {
      for (const name of ['secret', 'bare']) writeFileSync(at(name), name, { mode: 0o644 });
      attribute('-n', 'user.a', '-v', 'b', at('secret'));
      chmodSync(at('secret'), 0);
      await sleep(SETTLED_MS);
      const folder = openSync(at(''), 'r');
      const look = new EntryLook({ metadata: new MetadataReader(false), selection: { enters: () => true }, bareFiles: new BareFiles(plainMounts(readMounts())), problem: (_, operation, errno) => assert.fail(`${operation}: ${errno}`) });
      const open = (name: string) => look.open(folder, fromText(name), fromText(name), true);
      try {
        process.seteuid?.(NOBODY);
        const [secret, bare] = [open('secret'), open('bare')];
        assert.deepEqual([secret?.metadata.extendedAttributes, secret?.isBare], [[], false]);
        assert.deepEqual([bare?.metadata.extendedAttributes, bare?.isBare], [[], true]);
      } finally {
        process.seteuid?.(0);
        closeSync(folder);
      }
    });

    itOn(['tmpfs'], 'are all asked for if there are more names than fit into some pages', async () => {
      writeFileSync(at('many'), 'many');
      for (let i = 0; i < 60; i++) attribute('-n', `user.${'n'.repeat(100)}${i}`, '-v', 'x', at('many'));
      await runAsRestic('many');
    });
  });
}

describe('mounts that do not show all attributes', () => {
  it('have no files of which it is known that they have none', () => {
    const mount = readMounts()[0];
    const of = (id: number, fsOptions: string): typeof mount => ({ ...mount, id, fsOptions });
    assert.deepEqual(plainMounts([of(1, 'rw,discard'), of(2, 'rw,noacl'), of(3, 'rw,nouser_xattr,discard'), of(4, '')]), [1, 4]);
  });
});

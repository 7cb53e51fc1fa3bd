import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountChanges } from '../../src/kernel/mount-changes.js';
import { MountWatch } from '../../src/kernel/mount-watch.js';
import { readMounts } from '../../src/kernel/mounts.js';
import type { Mount } from '../../src/kernel/mounts.js';
import { visibleMounts } from '../../src/kernel/visible-mounts.js';
import { fromText } from '../../src/model/index.js';
import { statMountId } from './mount-id.js';
import { needsRealKernel } from './loop-fs.js';

describe('MountWatch', function () {
  this.timeout(60_000);
  let folder: string;
  let watch: MountWatch;
  const at = (name: string): string => join(folder, name);
  const mount = (name: string, ...args: readonly string[]): string => execFileSync('mount', [...args, at(name)], { encoding: 'utf8' });
  const umount = (name: string): string => execFileSync('umount', [at(name)], { encoding: 'utf8' });
  const memory = ['-t', 'tmpfs', 'duet-watch'] as const;
  /** What came and went below the folder since `before`, as the kernel tells it next. */
  const changes = (before: readonly Mount[]): string[][] => {
    const after = watch.changed();
    assert.ok(after !== undefined, 'the kernel says nothing');
    const { appeared, vanished } = mountChanges(before, after, fromText(folder));
    return [appeared, vanished].map((some) => some.map(({ mountPoint }) => mountPoint.slice(folder.length + 1)));
  };

  before(function () {
    needsRealKernel(this);
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-watch-'));
    for (const name of ['a', 'b']) mkdirSync(at(name));
  });
  beforeEach(() => {
    watch = new MountWatch();
  });
  afterEach(() => {
    watch.close();
    const made = readMounts().filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
    for (const { mountPoint } of made.reverse()) execFileSync('umount', [mountPoint]);
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('notices mounts, bind mounts and unmounts', () => {
    mount('a', ...memory);
    assert.deepEqual(changes(readMounts().filter(({ mountPoint }) => mountPoint !== fromText(at('a')))), [['a'], []]);
    const { mounts } = watch;
    mkdirSync(at('a/inner'));
    mount('b', '--bind', at('a/inner'));
    assert.deepEqual(changes(mounts), [['b'], []]);
    const bound = watch.mounts;
    umount('b');
    assert.deepEqual(changes(bound), [[], ['b']]);
  });

  it('notices that a mount hides another one', () => {
    mount('a', ...memory);
    watch.changed();
    const one = watch.mounts;
    mount('a', ...memory);
    assert.deepEqual(changes(one), [['a'], ['a']]);
    const two = watch.mounts;
    umount('a');
    assert.deepEqual(changes(two), [['a'], ['a']]);
  });

  it('notices a remount, which is no change', () => {
    mount('a', ...memory);
    watch.changed();
    const { mounts } = watch;
    execFileSync('mount', ['-o', 'remount,ro', at('a')]);
    assert.deepEqual(changes(mounts), [[], []]);
  });

  it('sees as visible what a path really leads to', () => {
    mount('a', ...memory);
    mkdirSync(at('a/inner'));
    mkdirSync(at('a/inner/deep'));
    mount('a/inner/deep', ...memory);
    mount('a/inner', ...memory);
    mkdirSync(at('a/inner/deep'));
    mount('b', '--rbind', at('a'));
    mount('a', ...memory);
    const all = readMounts().filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
    const reached = all.filter(({ id, mountPoint }) => statMountId(mountPoint) === id);
    assert.ok(reached.length < all.length);
    assert.deepEqual(
      visibleMounts(readMounts(), fromText(folder)).slice(1).map(({ id }) => id),
      reached.map(({ id }) => id),
    );
  });

  it('says nothing while nothing changes, and nothing once closed', () => {
    const quiet = new MountWatch();
    for (let tries = 0; quiet.changed() !== undefined; tries++) assert.ok(tries < 100);
    watch.close();
    watch.close();
    mount('a', ...memory);
    assert.equal(watch.changed(), undefined);
    quiet.close();
  });
});

import assert from 'node:assert/strict';
import { mountChanges } from '../../src/kernel/mount-changes.js';
import { parseMountInfo, readMounts } from '../../src/kernel/mounts.js';
import type { Mount } from '../../src/kernel/mounts.js';
import { visibleMounts } from '../../src/kernel/visible-mounts.js';
import type { BytePath } from '../../src/model/index.js';

const path = (name: string): BytePath => name as BytePath;
const mounts = (text: string): Mount[] => parseMountInfo(Buffer.from(text));
const seen = (text: string, from: string): number[] => visibleMounts(mounts(text), path(from)).map(({ id }) => id);

const BASE = `27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
22 27 0:21 / /proc rw,relatime - proc proc rw
30 27 254:1 / /data rw,relatime shared:2 - xfs /dev/vdb rw
31 30 254:2 / /data/inner rw,relatime - ext4 /dev/vdc rw
32 31 0:40 / /data/inner/deep rw - btrfs /dev/vdd rw,subvol=/
33 27 254:1 /share /srv/share rw,relatime shared:2 - xfs /dev/vdb rw
`;

describe('visibleMounts', () => {
  it('has the mount that a path is on, and those below', () => {
    assert.deepEqual(seen(BASE, '/data'), [30, 31, 32]);
    assert.deepEqual(seen(BASE, '/data/inner/some/file'), [31]);
    assert.deepEqual(seen(BASE, '/data/in'), [30]);
    assert.deepEqual(seen(BASE, '/srv'), [27, 33]);
    assert.deepEqual(seen(BASE, '/'), [27, 22, 30, 31, 32, 33]);
    assert.deepEqual(seen('', '/'), []);
  });

  it('leaves out what is mounted over, and all below it', () => {
    const stacked = `${BASE}40 30 254:3 / /data rw - ext4 /dev/vde rw\n`;
    assert.deepEqual(seen(stacked, '/data'), [40]);
    assert.deepEqual(seen(stacked, '/data/inner/file'), [40]);
    assert.deepEqual(seen(`${stacked}41 40 254:4 / /data/inner rw - ext4 /dev/vdf rw\n`, '/data'), [40, 41]);
    assert.deepEqual(seen(`${stacked}41 40 254:4 / /data rw - ext4 /dev/vdf rw\n`, '/data'), [41]);
  });

  it('leaves out what lies below a mount that came later', () => {
    assert.deepEqual(seen(`${BASE}40 27 0:50 / /srv rw - tmpfs tmpfs rw\n`, '/srv'), [40]);
    assert.deepEqual(seen(`${BASE}40 30 0:50 / /data/in rw - tmpfs tmpfs rw\n`, '/data'), [30, 31, 32, 40]);
  });

  it('has a root that was mounted over the first one', () => {
    const initial = '1 1 0:2 / / rw - rootfs rootfs rw\n20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 0:20 / /proc rw - proc proc rw\n22 1 0:21 / /proc rw - proc proc rw\n';
    assert.deepEqual(seen(initial, '/'), [20, 21]);
  });

  it('has mounts whose parents are outside of a changed root', () => {
    assert.deepEqual(seen('50 27 0:21 / /proc rw - proc proc rw\n51 27 0:22 / /sys rw - sysfs sysfs rw\n', '/'), [50, 51]);
  });

  it('is not led in a circle', () => {
    assert.deepEqual(seen('50 51 0:21 / /a rw - ext4 a rw\n51 50 0:22 / /b rw - ext4 b rw\n', '/'), []);
  });

  it('leads on this machine to the mount that holds /proc', () => {
    assert.equal(visibleMounts(readMounts(), path('/proc'))[0].fsType, 'proc');
  });
});

describe('mountChanges', () => {
  const changes = (before: string, after: string, below: string): number[][] => {
    const { appeared, vanished } = mountChanges(mounts(before), mounts(after), path(below));
    return [appeared.map(({ id }) => id), vanished.map(({ id }) => id)];
  };
  const without = (id: number): string => BASE.replace(new RegExp(`^${id} .*\n`, 'm'), '');

  it('tells what appeared and vanished below a path, and nothing of other places', () => {
    assert.deepEqual(changes(without(32), BASE, '/data'), [[32], []]);
    assert.deepEqual(changes(BASE, without(32), '/data'), [[], [32]]);
    assert.deepEqual(changes(BASE, without(33), '/data'), [[], []]);
    assert.deepEqual(changes(BASE, without(32), '/data/inner'), [[], [32]]);
    assert.deepEqual(changes(BASE, without(32), '/data/inner/deep'), [[31], [32]]);
  });

  it('takes new options for no change', () => {
    assert.deepEqual(changes(BASE, BASE.replace('/data rw,relatime', '/data ro,noatime'), '/'), [[], []]);
  });

  it('counts what is hidden as vanished, and as appeared when it comes to light', () => {
    const hidden = `${BASE}40 30 254:3 / /data rw - ext4 /dev/vde rw\n`;
    assert.deepEqual(changes(BASE, hidden, '/data'), [[40], [30, 31, 32]]);
    assert.deepEqual(changes(hidden, BASE, '/data'), [[30, 31, 32], [40]]);
  });

  it('counts one that moved, and a number given to another, as both', () => {
    assert.deepEqual(changes(BASE, BASE.replace('/data/inner/deep', '/data/inner/moved'), '/data'), [[32], [32]]);
    assert.deepEqual(changes(BASE, BASE.replace('31 30 254:2', '31 30 254:9'), '/data'), [[31], [31]]);
  });
});

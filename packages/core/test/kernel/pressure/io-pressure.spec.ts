import assert from 'node:assert/strict';
import { IoPressure } from '../../../src/kernel/pressure/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { MadeUpFiles } from '../made-up-files.js';

const text = (someUs: number): string => `some avg10=0.19 avg60=2.79 avg300=3.11 total=${someUs}\nfull avg10=0.13 avg60=1.69 avg300=2.33 total=1\n`;
const GROUP = '/sys/fs/cgroup/a/io.pressure';
const files = (more: Record<string, string> = {}): MadeUpFiles =>
  new MadeUpFiles({
    '/proc/self/cgroup': '0::/a\n',
    '/proc/self/mountinfo': '38 31 0:41 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    '/proc/pressure/io': text(1_000_000),
    ...more,
  });

describe('IoPressure', () => {
  let nowMs = 0;
  const open = (some: MadeUpFiles): IoPressure => IoPressure.open({ files: some, disks: ['/sys/class/block/sda/stat' as BytePath], nowMs: () => nowMs })!;

  it('tells the share of the time in which somebody waited', () => {
    const some = files();
    const pressure = open(some);
    pressure.start();
    some.set('/proc/pressure/io', text(1_005_000));
    nowMs += 20;
    assert.equal(pressure.stop(), 0.25);
    pressure.start();
    nowMs += 20;
    assert.equal(pressure.stop(), 0);
    pressure.close();
    assert.equal(some.openFiles, 0);
  });

  it('goes by the group where that stalls more than the machine', () => {
    const some = files({ [GROUP]: text(7) });
    const pressure = open(some);
    pressure.start();
    some.set(GROUP, text(10_007));
    some.set('/proc/pressure/io', text(1_001_000));
    nowMs += 20;
    assert.equal(pressure.stop(), 0.5);
  });

  const stat = (readMs: number, busyMs: number): string => `    1234        0    98765     ${readMs}       11        0      222       33        0       ${busyMs}      55\n`;

  it('goes by pressure no further than the disk was busy: it may be another one that is waited for', () => {
    const some = files({ '/sys/class/block/sda/stat': stat(1000, 500) });
    const pressure = open(some);
    for (const [busyMs, heard] of [[0, 0], [4, 0.2], [20, 0.5]]) {
      some.set('/proc/pressure/io', text(1_000_000));
      some.set('/sys/class/block/sda/stat', stat(1000, 500));
      pressure.start();
      some.set('/proc/pressure/io', text(1_010_000));
      some.set('/sys/class/block/sda/stat', stat(1000, 500 + busyMs));
      nowMs += 20;
      assert.equal(pressure.stop(), heard);
    }
  });

  it('goes by the disk where pressure is deaf', () => {
    const some = files({ '/sys/class/block/sda/stat': stat(1000, 500) });
    const pressure = open(some);
    pressure.start();
    some.set('/sys/class/block/sda/stat', stat(1002, 504));
    nowMs += 20;
    assert.equal(pressure.stop(), 0.1);
  });

  it('counts reads that take less than the disk tells', () => {
    const some = files({ '/sys/class/block/sda/stat': stat(1000, 500) });
    const pressure = open(some);
    pressure.start();
    some.set('/sys/class/block/sda/stat', stat(1000, 500).replace('1234', '1238'));
    nowMs += 20;
    assert.equal(pressure.stop(), 0.025);
  });

  it('never tells more than all of the time, nor anything of no time', () => {
    const some = files();
    const pressure = open(some);
    pressure.start();
    some.set('/proc/pressure/io', text(9_000_000));
    assert.equal(pressure.stop(), 0);
    nowMs += 1;
    assert.equal(pressure.stop(), 1);
    some.remove('/proc/pressure/io');
    assert.equal(pressure.stop(), 0);
  });

  it('is not there where the kernel does not count', () => {
    assert.equal(IoPressure.open({ files: new MadeUpFiles({}) }), undefined);
  });
});

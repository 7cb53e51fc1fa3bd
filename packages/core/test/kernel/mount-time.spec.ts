import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { bootTimeMs, mountedAfterMs } from '../../src/kernel/mount-time.js';

const threads = [
  { name: 'jbd2/sda1-8', startedMs: 100_000 },
  { name: 'jbd2/sda10-8', startedMs: 200_000 },
  { name: 'jbd2/nvme0n1p2-', startedMs: 300_000 },
  { name: 'xfsaild/sdb', startedMs: 400_000 },
  { name: 'btrfs-cleaner', startedMs: 600_000 },
  { name: 'btrfs-cleaner', startedMs: 500_000 },
];

describe('mountedAfterMs', () => {
  it('is a second before the start of the thread of that mount', () => {
    assert.equal(mountedAfterMs('ext4', 'sda1', threads), 99_000);
    assert.equal(mountedAfterMs('ext4', 'sda10', threads), 199_000);
    assert.equal(mountedAfterMs('xfs', 'sdb', threads), 399_000);
  });

  it('finds names that the kernel cut short', () => {
    assert.equal(mountedAfterMs('ext4', 'nvme0n1p2', threads), 299_000);
  });

  it('takes the earliest thread of btrfs, which does not tell whose it is', () => {
    assert.equal(mountedAfterMs('btrfs', 'sdc', threads), 499_000);
  });

  it('falls back to the boot, which is earlier if the clock was set forward since', () => {
    for (const [fsType, device] of [['ext4', 'sda'], ['xfs', 'sdb1'], ['nfs4', '']] as const) {
      const after = mountedAfterMs(fsType, device, threads);
      const boot = Math.min(bootTimeMs(), statSync('/dev/null').mtimeMs);
      assert.ok(Math.abs(after - (boot - 1000)) < 500);
    }
  });
});

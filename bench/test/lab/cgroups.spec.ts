import assert from 'node:assert/strict';
import { cgroupLayout } from '../../src/lab/cgroups.js';
import { LabError } from '../../src/lab/lab-error.js';

const v1 = `30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/blkio rw,relatime shared:9 - cgroup cgroup rw,blkio`;
const v2 = '32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';

describe('control groups', () => {
  it('are two hierarchies where version 1 has the controllers', () => {
    assert.deepEqual(cgroupLayout(`${v1}\n${v2}`, () => ['']), { version: 1, memory: '/sys/fs/cgroup/memory', io: '/sys/fs/cgroup/blkio' });
  });

  it('are one where version 2 has them', () => {
    assert.deepEqual(cgroupLayout(v2, () => ['cpu', 'io', 'memory']), { version: 2, root: '/sys/fs/cgroup/unified' });
  });

  it('are an error where nothing has them', () => {
    assert.throws(() => cgroupLayout(v2, () => ['cpu']), LabError);
    assert.throws(() => cgroupLayout('', () => []), LabError);
  });
});

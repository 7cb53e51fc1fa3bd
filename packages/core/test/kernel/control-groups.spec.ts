import assert from 'node:assert/strict';
import { memoryGroups, unifiedGroups } from '../../src/kernel/control-groups.js';

const V1 = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory';
const V2 = '38 31 0:41 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const other = '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct';
const groups = (cgroup: string, ...mounts: string[]) => memoryGroups(cgroup, Buffer.from(mounts.join('\n')));

describe('memoryGroups', () => {
  it('finds a group of version 2 and those above it', () => {
    assert.deepEqual(groups('0::/system.slice/duet.service\n', other, V2), {
      version: 2,
      folders: ['/sys/fs/cgroup/system.slice/duet.service', '/sys/fs/cgroup/system.slice', '/sys/fs/cgroup'],
    });
  });

  it('finds one of version 1 among other controllers', () => {
    assert.deepEqual(groups('5:cpu,cpuacct:/x\n4:memory:/a/b\n0::/\n', other, V1, V2), {
      version: 1,
      folders: ['/sys/fs/cgroup/memory/a/b', '/sys/fs/cgroup/memory/a', '/sys/fs/cgroup/memory'],
    });
    const shared = V1.replaceAll('memory', 'hugetlb,memory');
    assert.deepEqual(groups('4:hugetlb,memory:/a\n', shared)?.folders, ['/sys/fs/cgroup/hugetlb,memory/a', '/sys/fs/cgroup/hugetlb,memory']);
  });

  it('takes version 2 if version 1 is there without the memory controller', () => {
    assert.equal(groups('5:cpu,cpuacct:/x\n0::/a\n', other, V2)?.version, 2);
  });

  it('understands a container that sees a part of the hierarchy', () => {
    const bound = V1.replace('0:32 /', '0:32 /docker/abc');
    assert.deepEqual(groups('4:memory:/docker/abc/inner\n', bound)?.folders, ['/sys/fs/cgroup/memory/inner', '/sys/fs/cgroup/memory']);
    assert.deepEqual(groups('4:memory:/docker/abc\n', bound)?.folders, ['/sys/fs/cgroup/memory']);
    assert.deepEqual(groups('4:memory:/docker/abcdef\n', bound)?.folders, ['/sys/fs/cgroup/memory']);
    assert.deepEqual(groups('0::/../elsewhere\n', V2)?.folders, ['/sys/fs/cgroup']);
  });

  it('finds the group of version 2 beside one of version 1', () => {
    assert.deepEqual(unifiedGroups('4:memory:/a\n0::/b\n', Buffer.from([V1, V2].join('\n'))), ['/sys/fs/cgroup/b', '/sys/fs/cgroup']);
    assert.equal(unifiedGroups('4:memory:/a\n', Buffer.from(V2)), undefined);
  });

  it('finds none where none is mounted', () => {
    assert.equal(groups('4:memory:/a\n', other), undefined);
    assert.equal(groups('', ''), undefined);
  });
});

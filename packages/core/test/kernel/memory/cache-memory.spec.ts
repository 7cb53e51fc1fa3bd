import assert from 'node:assert/strict';
import { CacheMemory } from '../../../src/kernel/memory/index.js';
import { MadeUpFiles } from '../made-up-files.js';

const MIB = 2 ** 20;
const GROUP = '/sys/fs/cgroup/a/b';

/** A machine of 8 GiB, half of it free. */
const MACHINE = {
  '/proc/meminfo': 'MemTotal:        8388608 kB\nMemFree:         4194304 kB\nMemAvailable:    6291456 kB\nBuffers:            1024 kB\nCached:          2097152 kB\nShmem:              2048 kB\n',
  '/proc/sys/vm/min_free_kbytes': '65536\n',
  '/proc/sys/vm/watermark_scale_factor': '10\n',
};
const V2 = { '/proc/self/cgroup': '0::/a/b\n', '/proc/self/mountinfo': '38 31 0:41 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n' };

function group(folder: string, max: number | string, current: number, file: number, shmem = 0, high: number | string = 'max'): Record<string, string | number> {
  return {
    [`${folder}/memory.max`]: `${max}\n`,
    [`${folder}/memory.high`]: `${high}\n`,
    [`${folder}/memory.current`]: `${current}\n`,
    [`${folder}/memory.stat`]: `anon 1\nfile_mapped 7\nfile ${file}\nkernel 3\nshmem ${shmem}\n`,
  };
}

function read(texts: Record<string, string | number>) {
  const memory = new CacheMemory(new MadeUpFiles(texts));
  const state = memory.read();
  memory.close();
  return state;
}

describe('CacheMemory', () => {
  it('tells what the machine has where nothing bounds the process', () => {
    const state = read(MACHINE);
    assert.deepEqual(state, {
      limitBytes: 8192 * MIB,
      usedBytes: 4096 * MIB,
      fileBytes: 2047 * MIB,
      // Up to the high watermark, which is half as much again as the least that is kept free.
      headroomBytes: (4096 - 96) * MIB,
      capacityBytes: 6144 * MIB,
      unwrittenBytes: 0,
      budgetBytes: 1536 * MIB,
    });
  });

  it('counts what is not page cache of files as taken', () => {
    const state = read({ ...MACHINE, ...V2, ...group(GROUP, 256 * MIB, 200 * MIB, 150 * MIB, 30 * MIB) });
    assert.deepEqual(state, {
      limitBytes: 256 * MIB,
      usedBytes: 200 * MIB,
      fileBytes: 120 * MIB,
      headroomBytes: 56 * MIB,
      capacityBytes: 176 * MIB,
      unwrittenBytes: 0,
      budgetBytes: 44 * MIB,
    });
  });

  it('counts what has to be written first as no room for now, but as capacity', () => {
    const stat = `file ${150 * MIB}\nshmem 0\nfile_dirty ${20 * MIB}\nfile_writeback ${10 * MIB}\n`;
    const limited = read({ ...MACHINE, ...V2, ...group(GROUP, 256 * MIB, 200 * MIB, 0), [`${GROUP}/memory.stat`]: stat });
    assert.deepEqual([limited.capacityBytes, limited.unwrittenBytes, limited.budgetBytes, limited.headroomBytes], [206 * MIB, 30 * MIB, 44 * MIB, 56 * MIB]);
    const machine = read({ ...MACHINE, '/proc/meminfo': `${MACHINE['/proc/meminfo']}Dirty:           1048576 kB\nWriteback:        524288 kB\n` });
    assert.deepEqual([machine.capacityBytes, machine.budgetBytes, machine.headroomBytes], [6144 * MIB, 1152 * MIB, (4096 - 96) * MIB]);
  });

  it('goes by memory.high where that is lower', () => {
    assert.equal(read({ ...MACHINE, ...V2, ...group(GROUP, 256 * MIB, 0, 0, 0, 64 * MIB) }).limitBytes, 64 * MIB);
    assert.equal(read({ ...MACHINE, ...V2, ...group(GROUP, 'max', 0, 0, 0, 64 * MIB) }).limitBytes, 64 * MIB);
  });

  it('goes by the tightest of the groups above, each for itself', () => {
    const state = read({
      ...MACHINE,
      ...V2,
      ...group(GROUP, 512 * MIB, 100 * MIB, 100 * MIB),
      // Others below it have more anonymous memory, and cache that can go.
      ...group('/sys/fs/cgroup/a', 1024 * MIB, 1000 * MIB, 300 * MIB),
    });
    assert.deepEqual([state.limitBytes, state.capacityBytes, state.headroomBytes], [1024 * MIB, 324 * MIB, 24 * MIB]);
  });

  it('gives the least room for now of all, whichever has the least capacity', () => {
    const unwritten = { [`/sys/fs/cgroup/a/memory.stat`]: `file ${300 * MIB}\nshmem 0\nfile_dirty ${280 * MIB}\nfile_writeback 0\n` };
    const state = read({ ...MACHINE, ...V2, ...group(GROUP, 256 * MIB, 100 * MIB, 100 * MIB), ...group('/sys/fs/cgroup/a', 400 * MIB, 300 * MIB, 300 * MIB), ...unwritten });
    assert.deepEqual([state.limitBytes, state.capacityBytes, state.budgetBytes], [256 * MIB, 256 * MIB, 30 * MIB]);
  });

  it('reads version 1, whose limit is never absent', () => {
    const folder = '/sys/fs/cgroup/memory';
    const files = (limit: number | string): Record<string, string | number> => ({
      ...MACHINE,
      '/proc/self/cgroup': '4:memory:/a\n',
      '/proc/self/mountinfo': `35 31 0:32 / ${folder} rw - cgroup cgroup rw,memory\n`,
      [`${folder}/a/memory.limit_in_bytes`]: limit,
      [`${folder}/a/memory.usage_in_bytes`]: 60 * MIB,
      [`${folder}/a/memory.stat`]: `cache 1\nshmem 1\ntotal_cache ${50 * MIB}\ntotal_shmem 0\ndirty 1\ntotal_dirty ${4 * MIB}\ntotal_writeback ${1 * MIB}\n`,
    });
    assert.deepEqual(read(files('9223372036854771712\n')), read(MACHINE));
    const state = read(files(100 * MIB));
    assert.deepEqual([state.capacityBytes, state.unwrittenBytes, state.headroomBytes], [90 * MIB, 5 * MIB, 40 * MIB]);
  });

  it('has no headroom below zero, nor capacity', () => {
    const state = read({ ...MACHINE, ...V2, ...group(GROUP, 10 * MIB, 30 * MIB, 5 * MIB) });
    assert.deepEqual([state.headroomBytes, state.capacityBytes, state.budgetBytes], [0, 0, 0]);
    assert.equal(read({ ...MACHINE, '/proc/meminfo': 'MemTotal: 1000 kB\nMemFree: 10 kB\n' }).headroomBytes, 0);
  });

  it('follows limits that are set, lifted, or removed with their group', () => {
    const files = new MadeUpFiles({ ...MACHINE, ...V2, ...group(GROUP, 'max', 0, 0) });
    const memory = new CacheMemory(files);
    const machine = memory.read().limitBytes;
    files.set(`${GROUP}/memory.max`, 64 * MIB);
    assert.equal(memory.read().limitBytes, 64 * MIB);
    files.remove(`${GROUP}/memory.max`);
    assert.equal(memory.read().limitBytes, machine);
    memory.close();
    assert.equal(files.openFiles, 0);
  });

  it('bounds nothing where the kernel tells nothing', () => {
    assert.deepEqual([read({}).capacityBytes, read({}).headroomBytes, read({}).budgetBytes], [Infinity, Infinity, Infinity]);
  });
});

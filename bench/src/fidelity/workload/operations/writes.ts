import { fdatasyncSync, fsyncSync, ftruncateSync, writeSync } from 'node:fs';
import { Advice, fadvise, Fallocate, fallocate, Mapping, syncFileRange } from '../calls.js';
import { filePath } from '../world.js';
import type { World } from '../world.js';
import type { Operation } from './operation.js';

const KIB = 1024;
const buffer = Buffer.alloc(1 << 20, 0x5a);

/** Writes to large files stay in their first part, so that the disk does not fill. */
const WRITE_SPAN = 16 << 20;
const FILE_MAX = 4 << 20;

function overwrite(world: World): void {
  world.withAny('r+', (fd, size) => {
    const { offset, length } = world.range(Math.min(size, WRITE_SPAN), 512 * KIB);
    world.note(offset, length);
    writeSync(fd, buffer, 0, length, offset);
  });
}

function append(world: World): void {
  if (world.files.length === 0) return;
  world.withFile(filePath(world.pick(world.files)), 'r+', (fd, size) => {
    if (size > FILE_MAX) return;
    const length = world.size(256 * KIB);
    world.note(size, length);
    writeSync(fd, buffer, 0, length, size);
  });
}

function rewrite(world: World): void {
  if (world.files.length === 0) return;
  world.withFile(filePath(world.pick(world.files)), 'w', (fd) => {
    const length = world.size(512 * KIB);
    world.note(0, length);
    writeSync(fd, buffer, 0, length, 0);
  });
}

function writeMapped(world: World): void {
  if (world.files.length === 0) return;
  // Only its own files: another process may cut a shared one meanwhile.
  world.withFile(filePath(world.pick(world.files)), 'r+', (fd, size) => {
    if (size === 0) return;
    const { offset, length } = world.pageRange(size - 1, 256 * KIB);
    const bytes = Math.min(length, size - offset);
    if (bytes <= 0) return;
    const mapping = new Mapping(fd, offset, bytes);
    try {
      for (let writes = 1 + world.random.below(4); writes > 0; writes--) {
        const from = world.random.below(bytes);
        const count = Math.min(world.size(64 * KIB), bytes - from);
        world.note(offset + from, count);
        mapping.write(from, count, world.random.below(256));
      }
      if (world.chance(0.4)) {
        const wait = world.chance(0.5);
        world.note(wait ? 'msync' : 'msync-async');
        mapping.sync(wait);
      }
    } finally {
      mapping.close();
    }
  });
}

function sync(world: World): void {
  world.withAny('r+', (fd, size) => {
    const way = world.random.below(3);
    if (way === 0) {
      world.note('fsync');
      fsyncSync(fd);
    } else if (way === 1) {
      world.note('fdatasync');
      fdatasyncSync(fd);
    } else {
      const { offset, length } = world.pageRange(Math.min(size, WRITE_SPAN), 512 * KIB);
      const flags = world.chance(0.5) ? 7 : 2;
      world.note('range', offset, length, flags);
      syncFileRange(fd, offset, length, flags);
    }
  });
}

function truncate(world: World): void {
  if (world.files.length === 0) return;
  world.withFile(filePath(world.pick(world.files)), 'r+', (fd, size) => {
    const down = world.chance(0.6);
    const to = down ? world.random.below(size + 1) : Math.min(size + world.size(256 * KIB), FILE_MAX);
    world.note(size, 'to', to);
    ftruncateSync(fd, to);
  });
}

function truncateShared(world: World): void {
  world.withFile(world.pick(world.shared), 'r+', (fd, size) => {
    const to = world.random.below(size + 1);
    world.note(size, 'to', to, 'and back');
    ftruncateSync(fd, to);
    ftruncateSync(fd, size);
  });
}

/** fallocate with `mode` on whole blocks of a range within, or behind, the file. */
function allocate(mode: number, limit: number): (world: World) => void {
  return (world) => {
    if (world.files.length === 0) return;
    world.withFile(filePath(world.pick(world.files)), 'r+', (fd, size) => {
      const whole = mode === Fallocate.COLLAPSE_RANGE || mode === Fallocate.INSERT_RANGE;
      const { offset, length } = whole ? world.pageRange(size, limit) : world.range(size, limit);
      if (mode === Fallocate.INSERT_RANGE && size > FILE_MAX) return;
      world.note(offset, length);
      fallocate(fd, mode, offset, length);
    });
  };
}

function drop(world: World): void {
  world.withAny('r', (fd, size) => {
    if (world.chance(0.5)) {
      world.note('all');
      fadvise(fd, 0, 0, Advice.DONTNEED);
      return;
    }
    const { offset, length } = world.range(size, 1 << 20);
    world.note(offset, length);
    fadvise(fd, offset, length, Advice.DONTNEED);
  });
}

/** Opened with O_SYNC: each write is flushed at once. */
function writeThrough(world: World): void {
  if (world.files.length === 0) return;
  world.withFile(filePath(world.pick(world.files)), 'rs+', (fd, size) => {
    const { offset, length } = world.range(Math.min(size, WRITE_SPAN), 128 * KIB);
    world.note(offset, length);
    writeSync(fd, buffer, 0, length, offset);
  });
}

export const WRITES: readonly Operation[] = [
  { name: 'write', group: 'writes', weight: 20, run: overwrite },
  { name: 'append', group: 'writes', weight: 12, run: append },
  { name: 'rewrite', group: 'writes', weight: 4, run: rewrite },
  { name: 'write-through', group: 'writes', weight: 2, run: writeThrough },
  { name: 'write-mapped', group: 'mapped', weight: 12, run: writeMapped },
  { name: 'sync', group: 'syncs', weight: 8, run: sync },
  { name: 'truncate', group: 'truncates', weight: 10, run: truncate },
  { name: 'truncate-shared', group: 'truncates', weight: 1, run: truncateShared },
  { name: 'allocate', group: 'fallocates', weight: 2, run: allocate(0, 256 * KIB) },
  { name: 'allocate-behind', group: 'fallocates', weight: 2, run: allocate(Fallocate.KEEP_SIZE, 256 * KIB) },
  { name: 'zero', group: 'fallocates', weight: 3, run: allocate(Fallocate.ZERO_RANGE, 256 * KIB) },
  { name: 'punch', group: 'fallocates', weight: 6, run: allocate(Fallocate.PUNCH_HOLE | Fallocate.KEEP_SIZE, 256 * KIB) },
  { name: 'collapse', group: 'fallocates', weight: 4, run: allocate(Fallocate.COLLAPSE_RANGE, 128 * KIB) },
  { name: 'insert', group: 'fallocates', weight: 4, run: allocate(Fallocate.INSERT_RANGE, 128 * KIB) },
  { name: 'drop', group: 'drops', weight: 15, run: drop },
];

import { readSync } from 'node:fs';
import { Advice, fadvise, Mapping } from '../calls.js';
import { filePath } from '../world.js';
import type { World } from '../world.js';
import type { Operation } from './operation.js';

const MIB = 1 << 20;
const buffer = Buffer.alloc(8 * MIB);

/** Most bytes that one read of a small file's range takes. */
const READ_MAX = MIB;

function readRange(world: World): void {
  world.withAny('r', (fd, size) => {
    const { offset, length } = world.range(size, READ_MAX);
    if (world.chance(0.3)) {
      world.note('random');
      fadvise(fd, 0, 0, Advice.RANDOM);
    }
    world.note(offset, length);
    readSync(fd, buffer, 0, length, offset);
  });
}

function readWhole(world: World): void {
  world.withAny('r', (fd, size) => {
    world.note('to', size);
    for (let offset = 0; offset < Math.min(size, 4 * MIB); offset += 128 * 1024) readSync(fd, buffer, 0, 128 * 1024, offset);
  });
}

function readMapped(world: World): void {
  if (world.files.length === 0) return;
  // Only its own files: another process may cut a shared one meanwhile.
  world.withFile(filePath(world.pick(world.files)), 'r+', (fd, size) => {
    if (size === 0) return;
    const { offset, length } = world.pageRange(size - 1, READ_MAX);
    const mapping = new Mapping(fd, offset, length);
    try {
      // Behind the end of the file there is nothing to read, but a signal.
      const bytes = Math.min(length, size - offset);
      if (bytes <= 0) return;
      world.note(offset, bytes);
      mapping.read(0, bytes, 255);
    } finally {
      mapping.close();
    }
  });
}

/** Single pages of a hole: events without I/O. */
function readBulk(world: World): void {
  world.withFile(world.pick(world.shared), 'r', (fd, size) => {
    fadvise(fd, 0, 0, Advice.RANDOM);
    const length = (1 + world.random.below(4)) * MIB;
    const offset = Math.floor(world.random.below(Math.max(1, size - length)) / 4096) * 4096;
    world.note(offset, length);
    for (let done = 0; done < length; done += MIB) readSync(fd, buffer, 0, MIB, offset + done);
    if (world.chance(0.7)) {
      world.note('drop');
      fadvise(fd, offset, length, Advice.DONTNEED);
    }
  });
}

export const READS: readonly Operation[] = [
  { name: 'read', group: 'reads', weight: 30, run: readRange },
  { name: 'read-whole', group: 'reads', weight: 15, run: readWhole },
  { name: 'read-mapped', group: 'reads', weight: 5, run: readMapped },
  { name: 'bulk', group: 'bulk', weight: 20, run: readBulk },
];

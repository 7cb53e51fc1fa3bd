import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, fadvise } from '@duet/core/kernel/syscalls';

/** Sizes in KiB of the sample's files: 30 MiB in all. */
const SIZES_KIB = [4, 12, 40, 96, 256, 640, 1024, 2048, 3072, 8192, 4, 16, 64, 128, 512, 768, 1536, 2560, 3200, 6592];

/**
 * Makes a small tree of random files that are on the disk and not in the page
 * cache; gives their paths relative to `folder`.
 */
export function makeSampleTree(folder: string): string[] {
  return SIZES_KIB.map((kib, i) => {
    const name = join(['letters', 'pictures', 'music'][i % 3], `file-${String(i + 1).padStart(2, '0')}`);
    mkdirSync(join(folder, name, '..'), { recursive: true });
    const fd = openSync(join(folder, name), 'w');
    writeSync(fd, randomFillSync(Buffer.alloc(kib * 1024)));
    fsyncSync(fd);
    // These pages are this program's own: dropping them takes nothing from anybody.
    fadvise(fd, 0, 0, Advice.DONTNEED);
    closeSync(fd);
    return name;
  });
}

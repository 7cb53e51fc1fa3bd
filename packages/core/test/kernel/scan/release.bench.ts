/**
 * What releasing the pages of small files costs, by how many are released at
 * once and how long after they were read.
 * Not a test: run with `node dist/test/kernel/scan/release.bench.js [files] [ext4|xfs|btrfs]`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { fromText } from '../../../src/model/index.js';
import type { ReleaseTarget } from '../../../src/model/index.js';
import { makeLoopFs } from '../loop-fs.js';
import type { LoopFsType } from '../loop-fs.js';
import { collect } from './scanned-tree.js';

const FILES = Number(process.argv[2] ?? 10_000);
const FS = (process.argv[3] ?? 'ext4') as LoopFsType;
const FILE_PAGES = 4;

const fs = makeLoopFs(FS, { sizeMiB: 1024 });
try {
  for (let i = 0; i < FILES; i++) {
    if (i % 100 === 0) mkdirSync(join(fs.mountPoint, `folder-${i / 100}`));
    writeFileSync(join(fs.mountPoint, `folder-${Math.floor(i / 100)}`, `file-${i % 100}`), Buffer.alloc(FILE_PAGES * 4096, i));
  }
  await fs.remount();
  for (const batch of [1, 64, 1024, FILES]) for (const waitMs of [0, 100]) if (batch >= 64 || waitMs === 0) await measure(batch, waitMs);
} finally {
  fs.remove();
}

async function measure(filesAtOnce: number, waitMs: number): Promise<void> {
  await fs.remount();
  const scanner = new ThreadScanner(fromText(fs.mountPoint));
  const targets: ReleaseTarget[] = [];
  for (const [path, { ino, fs: { statDev } }] of (await collect(scanner, { residency: false, physical: false })).files) targets.push({ path, ino, statDev, runs: [0, FILE_PAGES] });
  let [releaseMs, released, left] = [0, 0, 0];
  for (let at = 0; at < targets.length; at += filesAtOnce) {
    const some = targets.slice(at, at + filesAtOnce);
    for (const { path } of some) readFileSync(join(fs.mountPoint, path));
    if (waitMs > 0) await sleep(waitMs);
    const start = performance.now();
    const batch = await scanner.release(some);
    releaseMs += performance.now() - start;
    for (let row = 0; row < batch.count; row++) {
      released += batch.released[row];
      left += batch.left[row];
    }
  }
  await scanner.close();
  const us = (releaseMs * 1000) / targets.length;
  console.log(`${FS}: ${filesAtOnce} files at once, ${waitMs} ms after they were read: ${us.toFixed(1)} µs a file, ${released} pages released, ${left} left`);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDuet } from '@duet/core';
import type { BytePath, PageSink, ScanBatch, Scanner, Source } from '@duet/core';
import { scannedFs } from './known-files.js';

/**
 * A process that watches made-up files and a made-up page cache through the
 * public interface, one task on `items$`, and prints its memory as JSON.
 *
 * Arguments: files, pages that enter the cache (evenly spread over the files),
 * and where numbers are kept: `memory` or `database`.
 */
const [files, pages] = process.argv.slice(2, 4).map(Number) as [number, number];
const keep = process.argv[4];

/** Resident memory of the process. */
export interface Memory {
  /** With the garbage, and the room for more of it, that V8 had at that moment. */
  readonly atOnceBytes: number;
  /** After a while in which nothing happened: V8 has collected it by itself. */
  readonly residentBytes: number;
}

/** Until what was freed at once is back with the system. */
const SOON_MS = 1000;
/** Until V8's collections at rest are over: they begin eight seconds after the last work. */
const REST_MS = 25_000;

const DEV = 7 << 20;
const ROWS = 1024;
const FILES_PER_FOLDER = 100;
/** Looks at the clock once for so many events. */
const EVENTS_PER_LOOK = 1024;

/** Single pages, file after file, as fast as they are taken. */
class MadeUpSource implements Source {
  readonly kind = 'replay';
  readonly sweeps = false;
  #sent = 0;

  get over(): boolean {
    return this.#sent === pages;
  }

  follow(): void {}

  drain(sink: PageSink, budgetMs: number): boolean {
    if (!known) return false;
    const perFile = Math.ceil(pages / files);
    for (const deadlineMs = performance.now() + budgetMs; this.#sent < pages && performance.now() < deadlineMs; ) {
      for (let left = EVENTS_PER_LOOK; left > 0 && this.#sent < pages; left--, this.#sent++) {
        sink.added(DEV, inode(Math.floor(this.#sent / perFile)), this.#sent % perFile, 1, this.#sent);
      }
    }
    return !this.over;
  }

  counters(): { events: number; lost: number } {
    return { events: this.#sent, lost: 0 };
  }

  stop(): void {}
}

/** Inode numbers as a file system gives them: in order, with gaps. */
function inode(file: number): number {
  return 1000 + file + Math.floor(file / FILES_PER_FOLDER);
}

/** Finds the files, a hundred a folder, with names of 20 bytes; does not look at what is cached. */
const scanner: Scanner = {
  scan: async function* () {
    for (let from = 0; from < files; from += ROWS) yield batch(from, Math.min(ROWS, files - from));
  },
  probe: () => Promise.reject(new Error('nothing is to be probed')),
  close: () => Promise.resolve(),
};

function batch(from: number, count: number): ScanBatch {
  const rows = Array.from({ length: count }, (_, row) => from + row);
  const folder = (file: number): number => 1 + Math.floor(file / FILES_PER_FOLDER);
  const newFolders = rows.filter((file) => file % FILES_PER_FOLDER === 0).map((file) => ({ no: folder(file), parent: 0, name: `folder-${folder(file)}` as BytePath }));
  const empty = (): Float64Array => new Float64Array(count);
  return {
    count,
    newFs: from === 0 ? [scannedFs(DEV)] : [],
    newFolders: from === 0 ? [{ no: 0, parent: 0, name: '' as BytePath }, ...newFolders] : newFolders,
    fs: new Uint16Array(count),
    ino: Float64Array.from(rows, inode),
    gen: Uint32Array.from(rows, (file) => Math.imul(file + 1, 0x9e3779b1)),
    folder: Uint32Array.from(rows, folder),
    names: Buffer.from(rows.map((file) => `photo-${String(file).padStart(10, '0')}.raw`).join('')),
    nameEnd: Uint32Array.from(rows, (_, row) => (row + 1) * 20),
    nlink: new Uint32Array(count).fill(1),
    size: Float64Array.from(rows, (file) => 4096 + file * 7),
    mtimeNs: BigInt64Array.from(rows, (file) => 1_700_000_000_000_000_000n + BigInt(file) * 1_000_003n),
    ctimeNs: BigInt64Array.from(rows, (file) => 1_700_000_000_000_000_000n + BigInt(file) * 1_000_003n),
    physical: empty(),
    residency: { probedNs: empty(), probedMs: empty(), resident: empty(), dirty: empty(), runs: empty().subarray(0, 0) },
    problems: [],
  };
}

let known = false;
const stateDir = keep === 'database' ? mkdtempSync(join(tmpdir(), 'duet-watcher-')) : null;
const source = new MadeUpSource();
const duet = await openDuet({ stateDir }, { source, scanners: () => scanner });
const session = duet.register({ name: 'watcher', path: '/srv/photos' as BytePath, events: ['exists', 'modified'] });
let told = 0;
session.items$.subscribe((items) => {
  for (const item of items) told += item.pages;
});
await session.ready;
known = true;
while (told < pages) await sleep(10);
await sleep(SOON_MS);
const atOnceBytes = process.memoryUsage.rss();
await sleep(REST_MS);
process.stdout.write(`${JSON.stringify({ atOnceBytes, residentBytes: process.memoryUsage.rss() } satisfies Memory)}\n`);
await duet.close();
if (stateDir !== null) rmSync(stateDir, { recursive: true, force: true });

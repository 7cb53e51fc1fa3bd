import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_BYTES, pagesOf } from '@duet/core/model';
import { cachedPages, cachestat, dirtyPages, mapFile, mincore, NativeBuffer, Stat, unmap } from '@duet/core/kernel/syscalls';
import { generationOfOpen } from '@duet/core/kernel/probe';

/** What the kernel says of one file: one byte a page, 1 for yes. */
export interface FileTruth {
  /** Absolute. */
  readonly path: string;
  /** `st_dev` in the kernel's encoding, inode, generation. */
  readonly key: string;
  readonly ino: number;
  /** By mincore, and those that only cachestat counts: pages in the cache whose data is not, or not all, there yet. */
  readonly resident: Uint8Array;
  /** How many only cachestat counts. */
  readonly unreadPages: number;
  /** By cachestat. */
  readonly dirty: Uint8Array;
  readonly dirtyPages: number;
}

/** Key of a file in models and truths. */
export function fileKey(dev: number, ino: number, gen: number): string {
  return `${dev}:${ino}:${gen}`;
}

const stat = new Stat();
let vector = new NativeBuffer(4096);

/** Asks the kernel about a file; undefined if it is gone, or no regular file. */
export function readTruth(path: string): FileTruth | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    stat.read(fd);
    if (!stat.isRegular) return undefined;
    const { dev, ino, size } = stat;
    const gen = generationOfOpen(fd) ?? 0;
    const pages = pagesOf(size);
    const resident = readResident(fd, pages);
    const unreadPages = addUnread(fd, 0, pages, resident);
    const dirty = new Uint8Array(pages);
    const dirtyPages = readDirty(fd, 0, pages, dirty);
    return { path, key: fileKey(dev, ino, gen), ino, resident, unreadPages, dirty, dirtyPages };
  } finally {
    closeSync(fd);
  }
}

/** All files below a folder, by path; what is mounted below it included. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesBelow(path));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** Whether two answers about a file are the same. */
export function sameTruth(one: FileTruth, other: FileTruth): boolean {
  return one.key === other.key && Buffer.compare(one.resident, other.resident) === 0 && Buffer.compare(one.dirty, other.dirty) === 0;
}

function readResident(fd: number, pages: number): Uint8Array {
  if (pages === 0) return new Uint8Array(0);
  if (vector.bytes.length < pages) vector = new NativeBuffer(pages);
  const bytes = pages * PAGE_BYTES;
  const address = mapFile(fd, 0, bytes);
  if (address < 0) throw new Error(`mmap failed with errno ${-address}`);
  const failed = mincore(address, bytes, vector.address);
  unmap(address, bytes);
  if (failed < 0) throw new Error(`mincore failed with errno ${-failed}`);
  return Uint8Array.from(vector.bytes.subarray(0, pages), (byte) => byte & 1);
}

/** Marks the pages that cachestat counts and `resident` lacks, found by halves; gives their number. */
function addUnread(fd: number, first: number, pages: number, resident: Uint8Array): number {
  if (pages === 0) return 0;
  const failed = cachestat(fd, first * PAGE_BYTES, pages * PAGE_BYTES);
  if (failed < 0) throw new Error(`cachestat failed with errno ${-failed}`);
  let known = 0;
  for (let page = first; page < first + pages; page++) known += resident[page];
  const missing = cachedPages() - known;
  if (missing <= 0) return 0;
  if (pages === 1) {
    resident[first] = 1;
    return 1;
  }
  const half = pages >>> 1;
  return addUnread(fd, first, half, resident) + addUnread(fd, first + half, pages - half, resident);
}

/** Marks the dirty pages among `pages` from `first`, found by halves; gives their number. */
function readDirty(fd: number, first: number, pages: number, dirty: Uint8Array): number {
  if (pages === 0) return 0;
  const failed = cachestat(fd, first * PAGE_BYTES, pages * PAGE_BYTES);
  if (failed < 0) throw new Error(`cachestat failed with errno ${-failed}`);
  const count = dirtyPages();
  if (count === 0) return 0;
  if (count >= pages) {
    dirty.fill(1, first, first + pages);
    return pages;
  }
  const half = pages >>> 1;
  return readDirty(fd, first, half, dirty) + readDirty(fd, first + half, pages - half, dirty);
}

/** Cached pages by cachestat, which also counts those that hold no valid data; for the report of a difference. */
export function countCached(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return cachestat(fd, 0, 0) < 0 ? -1 : cachedPages();
  } finally {
    closeSync(fd);
  }
}

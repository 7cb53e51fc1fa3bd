import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import { Advice, fadvise } from '../../src/kernel/syscalls/index.js';

/** Writes a file back. */
export function flush(file: string): void {
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/** Writes a file back and takes its pages out of the cache. */
export function dropCache(file: string): void {
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  fadvise(fd, 0, 0, Advice.DONTNEED);
  closeSync(fd);
}

/** Takes `count` pages from page `first` of a file into the cache, without reading ahead. */
export function cachePages(file: string, first: number, count: number): void {
  const fd = openSync(file, 'r');
  fadvise(fd, 0, 0, Advice.RANDOM);
  const page = Buffer.alloc(4096);
  for (let i = first; i < first + count; i++) readSync(fd, page, 0, page.length, i * page.length);
  closeSync(fd);
}

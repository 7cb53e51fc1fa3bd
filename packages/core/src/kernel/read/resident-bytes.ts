import { PAGE_BYTES, pagesOf } from '../../model/index.js';
import { CacheProbe } from '../probe/cache-probe.js';
import { Stat } from '../syscalls/index.js';

const stat = new Stat();
let probe: CacheProbe | undefined;

/**
 * How many bytes of a range of an open file are cached, in whole pages but
 * never more than `bytes`; undefined if this user is not told. A snapshot.
 */
export function residentBytes(fd: number, offset: number, bytes: number): number | undefined {
  if (stat.read(fd) < 0) return undefined;
  const first = Math.floor(offset / PAGE_BYTES);
  const pages = pagesOf(Math.min(offset + bytes, stat.size)) - first;
  if (pages <= 0) return 0;
  const cached = (probe ??= new CacheProbe()).count(fd, first, pages, stat.uid);
  return cached === undefined ? undefined : Math.min(cached * PAGE_BYTES, bytes);
}

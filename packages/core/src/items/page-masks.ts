import { CHUNK_PAGES } from './chunk-table.js';

/** A page's place in its chunk, as a mask of the index. */
export const PAGE_IN_CHUNK = CHUNK_PAGES - 1;

/** Number of the chunk that a page is in. A shift where it does: nearly always, and much faster. */
export function chunkNumber(page: number): number {
  return page <= 0x7fffffff ? page >> 6 : Math.floor(page / CHUNK_PAGES);
}

/** Bits of pages `from` to `from + count - 1` of a chunk that lie in its word `half`. */
export function wordMask(from: number, count: number, half: number): number {
  const low = Math.max(from - half * 32, 0);
  const high = Math.min(from + count - half * 32, 32);
  if (low >= high) return 0;
  return ((high === 32 ? -1 : (1 << high) - 1) & ~((1 << low) - 1)) | 0;
}

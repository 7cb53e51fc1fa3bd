/** Timestamps before Linux 6.13 are as coarse as the tick: 10 ms at HZ=100, doubled. */
export const TICK_MS = 20;

/**
 * Whether pages that turn up in the cache now must have come from the disk:
 * the file did not change since a moment at which they were surely not cached,
 * which is when it was last probed, or when its file system was mounted.
 *
 * All in milliseconds since 1970.
 */
export function cameFromDisk(ctimeNs: bigint, mountedAfterMs: number, probedMs: number): boolean {
  // A number first, which may be off by 128 ns: dividing 64-bit integers makes an object each time.
  return Number(ctimeNs) / 1e6 + TICK_MS < Math.max(mountedAfterMs, probedMs);
}

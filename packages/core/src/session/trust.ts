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
  return Number(ctimeNs / 1_000_000n) + TICK_MS < Math.max(mountedAfterMs, probedMs);
}

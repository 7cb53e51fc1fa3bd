import { CacheMemory, token } from '@duet/core';
import type { CacheMemoryState, Token } from '@duet/core';
import type { RsyncOptions } from '../options.js';

const MIB = 2 ** 20;
const LOCAL_BATCH_BYTES = 512 * MIB;
const HOST_BATCH_BYTES = 8 * MIB;
/** Of what has to be read from the disk less goes into a batch, so that the disk does not wait for rsync to start. */
const COLD_BATCH_BYTES = 16 * MIB;
/** Of what a run may bring into the cache, the part that may be written there and not be on the disk yet. */
const WRITTEN_PART = 1 / 8;
/** How long it takes until what is written is on the disk and can leave the cache, in seconds. */
const DISK_LAG_S = 0.05;
/** What one rsync does not exceed anyway. */
const FASTEST_BYTES = 1500 * MIB;

/** How much page cache there is, in bytes. */
export type CacheRoom = Pick<CacheMemoryState, 'headroomBytes' | 'budgetBytes'>;

/** Tells it as it is now; tests replace it. */
export const CACHE_ROOM: Token<() => CacheRoom> = token('room in the page cache');

/** How much is transferred at once. */
export interface Room {
  readonly batchBytes: number;
  readonly coldBatchBytes: number;
  /** Most that one rsync sends in a second; Infinity: no bound. */
  readonly bytesPerSecond: number;
  /** Whether what is written has to leave the cache soon, for it would push out what is still to be read. */
  readonly isTight: boolean;
}

/** How much of `bytes` in all is transferred at once by `atOnce` rsyncs: what they write takes as much of the cache as what they read. */
export function roomFor({ target, batchBytes }: Pick<RsyncOptions, 'target' | 'batchBytes'>, bytes: number, atOnce: number, { headroomBytes, budgetBytes }: CacheRoom): Room {
  const most = batchBytes ?? (target.kind === 'local' ? LOCAL_BATCH_BYTES : HOST_BATCH_BYTES);
  const roomy = { batchBytes: most, coldBatchBytes: Math.min(most, COLD_BATCH_BYTES), bytesPerSecond: Infinity, isTight: false };
  // Each byte takes its place twice, as it is read and as it is written.
  if (target.kind !== 'local' || headroomBytes >= 2 * bytes) return roomy;
  const written = budgetBytes * WRITTEN_PART;
  const bytesPerSecond = written / DISK_LAG_S / atOnce;
  return {
    batchBytes: Math.min(most, written),
    coldBatchBytes: Math.min(most, written, COLD_BATCH_BYTES),
    bytesPerSecond: bytesPerSecond > FASTEST_BYTES ? Infinity : bytesPerSecond,
    isTight: true,
  };
}

/** The kernel's word. */
export function cacheRoom(): CacheRoom {
  const memory = new CacheMemory();
  try {
    return memory.read();
  } finally {
    memory.close();
  }
}

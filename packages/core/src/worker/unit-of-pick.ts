import { PAGE_BYTES } from '../model/index.js';
import type { BytePath, Unit } from '../model/index.js';
import type { Pick, Planner } from '../planner/index.js';
import type { SessionHub } from '../session/index.js';
import type { RunCache } from './run-cache.js';

/** What the planner picked, as plugins see it: one range of a file below `path`, as the file is now. They take it: `cache` counts what has to be read for it, `isContinued` says that the task goes on with its file. */
export function unitOfPick({ unit: first, count, reason }: Pick, planner: Planner, hub: SessionHub, path: BytePath, cache: RunCache | undefined, isContinued: boolean): Unit {
  const { units } = planner;
  const slot = units.slot[first];
  const file = hub.ref(slot, path);
  const offset = units.offset(first);
  // The last unit goes to the end of the file as it is now.
  const toEnd = first + count === units.first(slot) + units.count(slot);
  const bytes = Math.max(toEnd ? file.size - offset : Math.min(count * units.segmentBytes(slot), file.size - offset), 0);
  let residentPages = 0;
  for (let unit = first; unit < first + count; unit++) residentPages += units.resident[unit];
  const cacheIsFromDisk = hub.cacheIsFromDisk(slot, offset / PAGE_BYTES, Math.ceil(bytes / PAGE_BYTES));
  return {
    file,
    offset,
    bytes,
    whole: count === units.count(slot),
    ...(isContinued ? { continued: true } : {}),
    cachedBytes: Math.min(residentPages * PAGE_BYTES, bytes),
    uncachedBytes: cache?.take({ slot, size: file.size, offset, bytes }),
    cacheIsFromDisk,
    reason: reason === 'cached' && !cacheIsFromDisk ? 'direct' : reason,
  };
}

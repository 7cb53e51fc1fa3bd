import { DuetError } from './errors.js';

/** Bits of an event mask. The first four are events, the last two are states. */
export const PageEvent = {
  ADDED: 1,
  REMOVED: 2,
  DIRTY: 4,
  FLUSHED: 8,
  EXISTS: 16,
  MODIFIED: 32,
} as const;

/** The names of the mask bits, as options and output spell them. */
export type EventName = 'added' | 'removed' | 'dirty' | 'flushed' | 'exists' | 'modified';

const BITS: Readonly<Record<EventName, number>> = {
  added: PageEvent.ADDED,
  removed: PageEvent.REMOVED,
  dirty: PageEvent.DIRTY,
  flushed: PageEvent.FLUSHED,
  exists: PageEvent.EXISTS,
  modified: PageEvent.MODIFIED,
};

/** All names, in the order of their bits. */
export const EVENT_NAMES = Object.keys(BITS) as readonly EventName[];

/**
 * The mask of `names`.
 *
 * A state and the events that make it up exclude each other: `exists` with
 * `added` or `removed`, `modified` with `dirty` or `flushed`. Any other
 * combination is fine, `exists` with `dirty` for one.
 *
 * @throws {DuetError} `DUET_ERR_EVENT_MASK` for an empty, unknown or contradictory set.
 */
export function eventMask(names: Iterable<EventName>): number {
  let mask = 0;
  for (const name of names) {
    const bit = BITS[name];
    if (bit === undefined) throw maskError(`there is no event called '${name}'`);
    mask |= bit;
  }
  if (mask === 0) throw maskError('it names no event');
  if (mask & PageEvent.EXISTS && mask & (PageEvent.ADDED | PageEvent.REMOVED)) {
    throw maskError("'exists' cannot be mixed with 'added' or 'removed'");
  }
  if (mask & PageEvent.MODIFIED && mask & (PageEvent.DIRTY | PageEvent.FLUSHED)) {
    throw maskError("'modified' cannot be mixed with 'dirty' or 'flushed'");
  }
  return mask;
}

/** The names of the bits in `mask`, in the order of the bits. */
export function eventNames(mask: number): EventName[] {
  return EVENT_NAMES.filter((name) => (mask & BITS[name]) !== 0);
}

function maskError(why: string): DuetError {
  return new DuetError('DUET_ERR_EVENT_MASK', {
    operation: 'read the event mask',
    message: `the event mask is not usable: ${why}`,
    hint: `use some of ${EVENT_NAMES.join(', ')}`,
  });
}

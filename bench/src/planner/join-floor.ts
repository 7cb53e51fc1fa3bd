/** A part of a file that some task was done with, and when. */
export interface DonePart {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly endMs: number;
}

/**
 * Bytes that have to be read when tasks join at `joinsMs` and cached pages last
 * only until all that need them by then have had them.
 *
 * Whoever joins misses what was done before, by whomever: so what is done
 * between two joins counts once for each such time, and after the last join
 * everything is read once more, for the last one and all that still need it.
 */
export function joinFloor(done: readonly DonePart[], joinsMs: readonly number[], dataBytes: number): number {
  let floor = dataBytes;
  for (const [i, untilMs] of joinsMs.entries()) {
    const fromMs = joinsMs[i - 1] ?? -Infinity;
    floor += distinctBytes(done.filter(({ endMs }) => endMs > fromMs && endMs <= untilMs));
  }
  return floor;
}

/** Bytes in the parts, those in several of them once. */
function distinctBytes(parts: readonly DonePart[]): number {
  let bytes = 0;
  let path = '';
  let end = 0;
  for (const part of parts.toSorted((a, b) => (a.path === b.path ? a.offset - b.offset : a.path < b.path ? -1 : 1))) {
    if (part.path !== path) {
      path = part.path;
      end = 0;
    }
    bytes += Math.max(part.offset + part.bytes - Math.max(part.offset, end), 0);
    end = Math.max(end, part.offset + part.bytes);
  }
  return bytes;
}

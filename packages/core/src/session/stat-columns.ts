import { highWord, joinWords } from '../model/index.js';
import type { Columns, FileStat, Layout } from '../model/index.js';

/**
 * Columns of size and times, in words; all are 0 where nothing is known.
 *
 * Of the ctime stands what differs from the mtime. That is nothing for a file
 * that was only written to, and little for one that got its name or mode just
 * afterwards: such files have no memory for it (see `columnBlock`).
 */
export const STAT_LAYOUT = {
  sizeLow: [Uint32Array, 1],
  sizeHigh: [Uint32Array, 1],
  mtimeLow: [Uint32Array, 1],
  mtimeHigh: [Uint32Array, 1],
  ctimeLow: [Uint32Array, 1],
  ctimeHigh: [Uint32Array, 1],
} as const satisfies Layout;

type StatColumns = Columns<typeof STAT_LAYOUT>;

/** mtime and ctime as 64-bit integers, and the same bytes as words, low ones first: splits and joins without BigInt arithmetic, which is slow. */
const times = new BigInt64Array(2);
const words = new Uint32Array(times.buffer);

/** Puts size and times into a row; true if they are not what they were. */
export function putStat(columns: StatColumns, row: number, size: number, mtimeNs: bigint, ctimeNs: bigint): boolean {
  times[0] = mtimeNs;
  times[1] = ctimeNs;
  let moved = put(columns.sizeLow, row, size >>> 0);
  moved = put(columns.sizeHigh, row, highWord(size)) || moved;
  moved = put(columns.mtimeLow, row, words[0]) || moved;
  moved = put(columns.mtimeHigh, row, words[1]) || moved;
  moved = put(columns.ctimeLow, row, (words[0] ^ words[2]) >>> 0) || moved;
  return put(columns.ctimeHigh, row, (words[1] ^ words[3]) >>> 0) || moved;
}

export function statAt(columns: StatColumns, row: number): FileStat {
  words[0] = columns.mtimeLow[row];
  words[1] = columns.mtimeHigh[row];
  words[2] = words[0] ^ columns.ctimeLow[row];
  words[3] = words[1] ^ columns.ctimeHigh[row];
  return { size: joinWords(columns.sizeLow[row], columns.sizeHigh[row]), mtimeNs: times[0], ctimeNs: times[1] };
}

/** Whether a row has a ctime, which every file has that somebody looked at. */
export function hasStat({ mtimeLow, mtimeHigh, ctimeLow, ctimeHigh }: StatColumns, row: number): boolean {
  return mtimeLow[row] !== ctimeLow[row] || mtimeHigh[row] !== ctimeHigh[row];
}

/** Writes only what differs: a 0 may stand in memory that is not there yet. */
function put(column: Uint32Array, row: number, word: number): boolean {
  const differs = column[row] !== word;
  if (differs) column[row] = word;
  return differs;
}

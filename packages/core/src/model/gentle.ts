/** Percent of the time: who wants others to wait for the disk for so little of it, at most, has all be done gently. */
const MOST_PERCENT = 5;

/**
 * Whether who lets others wait for the disk for `percent` of the time wants all
 * be done gently: reads are the smallest, with a rest after each, and the
 * command takes only CPU time that nobody else wants, of one CPU. 0 is no pace at all.
 */
export function isGentle(percent: number): boolean {
  return percent > 0 && percent <= MOST_PERCENT;
}

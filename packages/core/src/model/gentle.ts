/**
 * Percent of the time: who wants others to wait for the disk for so little of
 * it, at most, has all be done gently. Reads are the smallest, with a rest after
 * each, and the command takes only CPU time that nobody else wants.
 */
export const GENTLE_IO_PRESSURE_PERCENT = 5;

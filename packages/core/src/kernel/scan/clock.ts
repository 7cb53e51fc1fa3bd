/** CLOCK_MONOTONIC in nanoseconds: the clock that page events are stamped with. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}

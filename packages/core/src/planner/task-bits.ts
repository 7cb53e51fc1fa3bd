/** Tasks that a planner has room for in its life: as many as a column of units has bits. */
export const MAX_PLANNED_TASKS = 16;

/** How many tasks a set of them has. */
export function countTasks(bits: number): number {
  let n = bits - ((bits >> 1) & 0x5555);
  n = (n & 0x3333) + ((n >> 2) & 0x3333);
  n = (n + (n >> 4)) & 0x0f0f;
  return (n + (n >> 8)) & 0x1f;
}

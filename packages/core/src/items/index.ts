export { ItemTable, TASK_BITS } from './item-table.js';
export type { ItemTableListener, Snapshot, TaskCounters } from './item-table.js';
export type { RunVisitor } from './fetch-runs.js';

export * from './model/index.js';
export * from './kernel/index.js';
export * from './session/index.js';
export * from './store/index.js';
export * from './plugin/index.js';
export type { CachedRange, DeadlineFigures, ExplainedUnit, ExplainEvent, RunCache, RunEvent, RunOptions, RunSummary, TaskProgress, TaskRequest, TaskSummary } from './worker/index.js';
export { openDuet } from './compose.js';
export type { Parts } from './compose.js';
export type { Duet, DuetOptions, DuetStatus, Run } from './compose-types.js';

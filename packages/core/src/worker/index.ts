export type { FileReader } from './file-reader.js';
export { RunEngine } from './run-engine.js';
export type { EngineOptions } from './run-engine.js';
export type { ExplainEvent, ExplainedUnit } from './explain-event.js';
export type { CachedRange, RunCache } from './run-cache.js';
export type { DeadlineFigures, RunEvent, RunOptions, RunSummary, TaskProgress, TaskRequest, TaskSummary } from './run-event.js';
export type { TaskContainer } from './task-container.js';

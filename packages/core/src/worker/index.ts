export type { FileReader } from './file-reader.js';
export { RunEngine } from './run-engine.js';
export type { EngineOptions } from './run-engine.js';
export type { RunEvent, RunOptions, RunSummary, TaskProgress, TaskRequest, TaskSummary } from './run-event.js';
export type { TaskContainer } from './task-container.js';

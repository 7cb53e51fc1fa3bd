export type { Due } from './demand.js';
export type { Candidate, Explanation } from './explain.js';
export { Planner } from './planner.js';
export type { Outcome, Pick, PlannerOptions } from './planner.js';
export { COLD_BYTES } from './planner-task.js';
export type { Declaration, Grain } from './planner-task.js';
export { MAX_PLANNED_TASKS } from './task-bits.js';
export { ByteBucket, PressurePace } from './throttle/index.js';

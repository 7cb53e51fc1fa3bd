export { Planner } from './planner.js';
export type { Outcome, Pick, PlannerOptions } from './planner.js';

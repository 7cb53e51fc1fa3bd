export { removeStaleInstances } from './trace-instance.js';
export { tracefsAvailable } from './tracefs-available.js';
export type { Availability } from './tracefs-available.js';
export { TracefsSource } from './tracefs-source.js';
export type { TracefsOptions } from './tracefs-source.js';

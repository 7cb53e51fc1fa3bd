export * from './excludes.js';
export * from './idle-scanner.js';
export * from './thread-scanner.js';
export { monotonicNs } from './clock.js';

export * from './excludes.js';
export * from './thread-scanner.js';
export { monotonicNs } from './clock.js';

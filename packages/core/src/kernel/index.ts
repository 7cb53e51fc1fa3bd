export { readDeviceBytes } from './block-device.js';
export { chooseSource } from './choose-source.js';
export { mountOf, mountsUnder, readMounts } from './mounts.js';
export type { Mount } from './mounts.js';
export { QuietSource } from './quiet-source.js';
export * from './read/index.js';
export { Excludes, monotonicNs, ThreadScanner } from './scan/index.js';
export { removeStaleInstances, tracefsAvailable, TracefsSource } from './tracefs/index.js';
export type { Availability, TracefsOptions } from './tracefs/index.js';

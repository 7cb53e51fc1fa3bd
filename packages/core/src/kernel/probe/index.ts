export * from './cache-probe.js';
export * from './first-extent.js';
export * from './handle-inode.js';
export * from './inode-generation.js';
export * from './residency-known.js';
export * from './residency-runs.js';
export * from './shares-numbers.js';
export * from './xfs-generation.js';

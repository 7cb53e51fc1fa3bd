export * from './entry-calls.js';
export * from './write-behind.js';

export { CacheMemory } from './cache-memory.js';
export type { CacheMemoryState } from './cache-memory.js';
export type { MemoryState } from './group-memory.js';

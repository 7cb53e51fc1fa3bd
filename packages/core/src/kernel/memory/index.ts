export { CacheMemory } from './cache-memory.js';
export type { CacheMemoryState } from './cache-memory.js';
export { memoryGroups } from './group-folders.js';
export type { GroupFolders } from './group-folders.js';
export type { MemoryState } from './group-memory.js';
export { kernelFiles } from './kernel-files.js';
export type { KernelFiles, KernelText } from './kernel-files.js';

export { DoneBitmap } from './done-bitmap.js';
export { LoadedDoneSet } from './loaded-done-set.js';
export { MemoryStore, MemoryTables } from './memory-store.js';
export { PluginStateOverlay } from './plugin-state-overlay.js';
export { runningTask } from './running-task.js';
export { StatusSocket, processStatuses } from './status-socket.js';
export type { ProcessStatus } from './status-socket.js';
export { SqliteStore, openStore } from './sqlite-store.js';
export type { StoreOptions } from './sqlite-store.js';

export type { HubSession } from './hub-session.js';
export { FETCH_INTERVAL_MS } from './hub-session.js';
export type { MountSource } from './mount-follower.js';
export { MAX_TASKS, SessionHub } from './session-hub.js';
export type { HubOptions } from './session-hub.js';
export type { MountChange, Session, SessionCounters, SessionOptions } from './session-types.js';
export type { NumberedBatch, Survey } from './survey.js';

import type { FileRef } from './file-ref.js';

/**
 * What a task fetches: neighbouring pages of one file with the same bits.
 *
 * Event-based bits are the OR of what happened since the last fetch.
 * State-based bits say what the state is now: `EXISTS` set means that the
 * pages entered the cache since last told; an item of a state-based mask with
 * `EXISTS` clear and `changed & EXISTS` set means that they left it.
 */
export interface Item {
  readonly file: FileRef;
  /** First page. */
  readonly index: number;
  /** Number of pages, at least 1. */
  readonly pages: number;
  /** Mask bits (see `PageEvent`): events that happened, states that now hold. */
  readonly events: number;
  /** State bits (`EXISTS`, `MODIFIED`) that differ from what was last told; 0 for event-based masks. */
  readonly changed: number;
}

import type { DiskSpeed } from './disk.js';
import type { Foreground } from './foreground.js';
import type { TaskSpec } from './task-spec.js';

/** What is simulated: data of `units` of one size, which lie on the disk in order. */
export interface Setting {
  readonly units: number;
  readonly unitBytes: number;
  readonly cacheBytes: number;
  readonly disk: DiskSpeed;
  /** At most 16. */
  readonly tasks: readonly TaskSpec[];
  readonly foreground?: Foreground;
  /** When it ends: the last deadline. Tasks without one have time until then; Infinity if none has one. */
  readonly horizonMs: number;
}

import type { Group } from '../../groups.js';
import type { World } from '../world.js';

/** One thing that a workload process may do. */
export interface Operation {
  readonly name: string;
  readonly group: Group;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  /** Throws what the kernel refused; `world.note` tells the history what was done to which file. */
  readonly run: (world: World) => void;
}

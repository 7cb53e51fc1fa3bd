import type { Pick } from '@duet/core/planner';
import type { SimulatedTask } from './simulated-task.js';

/** A pick that a task has under way. */
export interface InProcess {
  readonly pick: Pick;
  readonly task: SimulatedTask;
  /** Whether it waits for the disk. */
  isWaiting: boolean;
}

/** Picks under way, by numbers that events can carry. */
export class InProcessTable {
  readonly #entries: (InProcess | undefined)[] = [];
  readonly #spare: number[] = [];

  add(entry: InProcess): number {
    const number = this.#spare.pop() ?? this.#entries.length;
    this.#entries[number] = entry;
    return number;
  }

  take(number: number): InProcess {
    const entry = this.#entries[number] as InProcess;
    this.#entries[number] = undefined;
    this.#spare.push(number);
    return entry;
  }

  /** Tells of those that wait for the unit: they wait no longer. */
  arrived(unit: number, each: (number: number, entry: InProcess) => void): void {
    for (let number = 0; number < this.#entries.length; number++) {
      const entry = this.#entries[number];
      if (entry === undefined || !entry.isWaiting || entry.pick.unit !== unit) continue;
      entry.isWaiting = false;
      each(number, entry);
    }
  }
}

import { writeFileSync } from 'node:fs';
import type { FromWorkload, ToWorkload, WorkloadStart } from '../messages.js';
import { History } from './history.js';
import { create, NAMES } from './operations/names.js';
import type { Operation } from './operations/operation.js';
import { READS } from './operations/reads.js';
import { WRITES } from './operations/writes.js';
import { World } from './world.js';

/** Files that a process starts with. */
const FILES_AT_START = 60;

const dropCaches: Operation = { name: 'drop-caches', group: 'caches', weight: 0.1, run: () => writeFileSync('/proc/sys/vm/drop_caches', '1') };

/** Does what it is told, one burst of random operations after the other. */
class Workload {
  readonly #world: World;
  readonly #history: History;
  readonly #operations: readonly Operation[];
  readonly #weight: number;
  #done = 0;
  #refused = 0;

  constructor(start: WorkloadStart) {
    this.#world = new World(start);
    this.#history = new History(start.history, start.worker);
    this.#operations = [...READS, ...WRITES, ...NAMES, dropCaches].filter((operation) => start.groups.includes(operation.group));
    this.#weight = this.#operations.reduce((sum, operation) => sum + operation.weight, 0);
    for (let i = 0; i < FILES_AT_START; i++) this.#run({ name: 'create', group: 'files', weight: 0, run: create });
    this.#history.flush();
  }

  burst(operations: number): void {
    for (let i = 0; i < operations; i++) this.#run(this.#choose());
    this.#history.flush();
  }

  get counts(): { operations: number; refused: number } {
    return { operations: this.#done, refused: this.#refused };
  }

  #choose(): Operation {
    let at = this.#world.random.next() * this.#weight;
    for (const operation of this.#operations) {
      at -= operation.weight;
      if (at < 0) return operation;
    }
    return this.#operations[this.#operations.length - 1];
  }

  #run(operation: Operation): void {
    const startedNs = process.hrtime.bigint();
    let outcome = 'ok';
    try {
      operation.run(this.#world);
    } catch (error) {
      // What the kernel refuses is part of the history; anything else is a fault of the workload.
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
      outcome = code;
      this.#refused += 1;
    }
    this.#done += 1;
    this.#history.add(startedNs, `${operation.name} ${this.#world.takeNotes()}`, outcome);
  }
}

let workload: Workload | undefined;

process.on('message', (message: ToWorkload) => {
  if (message.kind === 'stop') {
    process.disconnect();
    return;
  }
  if (message.kind === 'start') workload = new Workload(message);
  else workload?.burst(message.operations);
  const answer: FromWorkload = { kind: 'done', ...(workload?.counts ?? { operations: 0, refused: 0 }) };
  process.send?.(answer);
});

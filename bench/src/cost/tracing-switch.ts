import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab/lab-error.js';

const INSTANCES = '/sys/kernel/tracing/instances';

/**
 * Takes the tracepoints of a process that watches out of the kernel's code, and
 * puts them back, which takes milliseconds: a task that starts and ends takes a
 * second, in which the machine becomes another one.
 *
 * Without them no program meets anything of Duet, and Duet gets no event.
 */
export class TracingSwitch {
  readonly #path: string;
  readonly #events: string;

  /** Of the task that the process `pid` has. @throws {LabError} if it traces nothing. */
  constructor(pid: number) {
    const name = readdirSync(INSTANCES).find((instance) => instance.startsWith(`duet-${pid}-`));
    if (name === undefined) throw new LabError(`process ${pid} has no trace instance`);
    this.#path = join(INSTANCES, name, 'set_event');
    this.#events = readFileSync(this.#path, 'utf8');
  }

  /** Where it is put back, the filters are still those of the task. */
  turn(on: boolean): void {
    writeFileSync(this.#path, on ? this.#events : '');
  }
}

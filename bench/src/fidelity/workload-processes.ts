import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromWorkload, ToWorkload, WorkloadStart } from './messages.js';

const MAIN = fileURLToPath(new URL('workload/main.js', import.meta.url));

/** A process that works on the lab's files while Duet watches. */
class WorkloadProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  counts: Pick<FromWorkload, 'operations' | 'refused'> = { operations: 0, refused: 0 };

  constructor() {
    this.#child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      throw new Error(`a workload process ended (${String(code ?? signal)})`);
    });
    // It is nobody's failure when the process is told to stop.
    this.#ended.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a message and waits for the answer. */
  async ask(message: ToWorkload): Promise<void> {
    const answered = new Promise<FromWorkload>((resolve) => this.#child.once('message', (answer) => resolve(answer as FromWorkload)));
    this.#child.send(message);
    const answer = await Promise.race([answered, this.#ended]);
    this.counts = { operations: answer.operations, refused: answer.refused };
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send({ kind: 'stop' } satisfies ToWorkload);
    await this.#ended.catch(() => undefined);
  }
}

/** The processes of a run's workload; they work at the same time, in bursts. */
export class WorkloadProcesses {
  readonly #processes: WorkloadProcess[] = [];

  /** Starts one process for each of `starts`; `prepare` is told its number before it does anything. */
  static async start(starts: readonly WorkloadStart[], prepare: (pid: number, worker: number) => void): Promise<WorkloadProcesses> {
    const all = new WorkloadProcesses();
    try {
      for (const start of starts) {
        const process = new WorkloadProcess();
        all.#processes.push(process);
        prepare(process.pid, start.worker);
      }
      await Promise.all(starts.map((start, at) => all.#processes[at].ask(start)));
      return all;
    } catch (error) {
      await all.stop();
      throw error;
    }
  }

  /** Resolves when each has done `operations` more. */
  async burst(operations: number): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.ask({ kind: 'burst', operations })));
  }

  get operations(): number {
    return this.#processes.reduce((sum, process) => sum + process.counts.operations, 0);
  }

  get refused(): number {
    return this.#processes.reduce((sum, process) => sum + process.counts.refused, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }
}

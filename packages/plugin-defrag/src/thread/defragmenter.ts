import type { Worker } from 'node:worker_threads';
import { DuetError, token } from '@duet/core';
import type { BytePath, Token } from '@duet/core';
import { startThread } from '@duet/core/threads';
import type { DefragJob, DefragOutcome } from './defrag-job.js';

/** Defragments the files of one task. */
export interface Defragmenter {
  /** One at a time: the next when the one before has settled. */
  defragment(job: DefragJob): Promise<DefragOutcome>;
  /** Has what is under way end soon, as `aborted`. */
  abort(): void;
  close(): Promise<void>;
}

/** Makes the defragmenter for a path; tests replace it, to go without a file system. @throws {DuetError} */
export const DEFRAGMENTER: Token<(path: BytePath) => Defragmenter> = token('defragmenter');

/** What the thread is started with. */
export interface ThreadData {
  /** Absolute path of the task. */
  readonly path: BytePath;
  /** One 32-bit number; not 0 once all is to end. */
  readonly stop: SharedArrayBuffer;
}

export type ThreadRequest = DefragJob | 'close';

interface Waiting {
  resolve(outcome: DefragOutcome): void;
  reject(error: unknown): void;
}

/**
 * A thread that moves files, the only one: two at a time would be given each
 * other's neighbouring blocks, and come to lie in pieces again.
 */
export class ThreadDefragmenter implements Defragmenter {
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #waiting: Waiting | undefined;
  #failure: DuetError | undefined;

  constructor(path: BytePath) {
    const workerData: ThreadData = { path, stop: this.#stop.buffer };
    this.#worker = startThread(new URL('./defrag-thread.js', import.meta.url), { workerData, name: 'duet-defrag', execArgv: [] });
    this.#worker.on('message', (outcome: DefragOutcome) => this.#settle((waiting) => waiting.resolve(outcome)));
    this.#worker.on('error', (cause: unknown) => this.#fail(cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(undefined);
        resolve();
      });
    });
  }

  defragment(job: DefragJob): Promise<DefragOutcome> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(job);
    });
  }

  abort(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  async close(): Promise<void> {
    this.abort();
    this.#worker.postMessage('close' satisfies ThreadRequest);
    await this.#exited;
  }

  #settle(how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }

  #fail(cause: unknown): void {
    this.#failure ??= new DuetError('DUET_ERR_INTERNAL', {
      operation: 'defragment files',
      message: `the thread of defrag ended: ${cause instanceof Error ? cause.message : 'no reason given'}`,
      ...(cause === undefined ? {} : { cause }),
    });
    const failure = this.#failure;
    this.#settle((waiting) => waiting.reject(failure));
  }
}

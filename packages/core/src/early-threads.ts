import type { Worker, WorkerOptions } from 'node:worker_threads';
import { startThread } from './threads.js';

/** A thread that can be started before the code that uses it is loaded. */
class EarlyThread {
  readonly #module: URL;
  readonly #options: WorkerOptions;
  #early: Worker | undefined;

  constructor(module: URL, options: WorkerOptions) {
    this.#module = module;
    this.#options = options;
  }

  start(): void {
    if (this.#early !== undefined) return;
    const worker = this.#make();
    this.#early = worker;
    worker.unref();
    // It is forgotten: the next one fails in the same way, before somebody who can tell of it.
    worker.once('error', () => (this.#early = undefined));
  }

  /** The thread that was started ahead, else a new one. */
  take(): Worker {
    const worker = this.#early ?? this.#make();
    this.#early = undefined;
    worker.removeAllListeners('error');
    return worker;
  }

  #make(): Worker {
    return startThread(this.#module, { ...this.#options, resourceLimits: { maxYoungGenerationSizeMb: 2 } });
  }
}

/** The store's thread. */
export const storeThread = new EarlyThread(new URL('./store/store-thread.js', import.meta.url), { name: 'duet-store' });

/** A scanner's thread. Options of the process (--eval, --input-type) need not make sense for it. */
export const scanThread = new EarlyThread(new URL('./kernel/scan/scan-thread.js', import.meta.url), { name: 'duet-scan', execArgv: [] });

/**
 * Starts the threads that a run has, ahead of it: what knows that there will be
 * one has them load their part while the main thread loads the rest. This file
 * imports hardly anything of Duet for that reason.
 */
export function startThreads(): void {
  storeThread.start();
  scanThread.start();
}

import { Worker } from 'node:worker_threads';

let early: Worker | undefined;

/**
 * Starts the store's thread ahead of `openStore`, which takes it then: what
 * knows that a database will be opened has the thread load its part while the
 * main thread loads the rest. Imports nothing of Duet for that reason.
 */
export function startStoreThread(): void {
  if (early !== undefined) return;
  const worker = start();
  early = worker;
  worker.unref();
  // It is forgotten: the next one fails in the same way, before somebody who can tell of it.
  worker.once('error', () => (early = undefined));
}

/** The thread that was started ahead, else a new one. */
export function takeStoreThread(): Worker {
  const worker = early ?? start();
  early = undefined;
  worker.removeAllListeners('error');
  return worker;
}

function start(): Worker {
  return new Worker(new URL('./store-thread.js', import.meta.url), { name: 'duet-store', resourceLimits: { maxYoungGenerationSizeMb: 2 } });
}

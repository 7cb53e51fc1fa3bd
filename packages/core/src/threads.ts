import { setTimeout as sleep } from 'node:timers/promises';
import { getEnvironmentData, setEnvironmentData, Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { usualEngineFlags } from './engine-flags.js';

/** Under which a thread finds the number that is 1 once it has loaded its code. */
const LOADED = 'duet.loaded';

const running = new Map<Worker, Int32Array>();

/** Starts a thread. Its module calls `threadLoaded` once it has imported what it needs. */
export function startThread(module: URL, options: WorkerOptions): Worker {
  const loaded = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData(LOADED, loaded);
  const hasLoaded = usualEngineFlags();
  const worker = started(module, options, hasLoaded);
  running.set(worker, loaded);
  void Promise.resolve(Atomics.waitAsync(loaded, 0, 0).value).then(hasLoaded);
  worker.once('exit', () => {
    running.delete(worker);
    hasLoaded();
  });
  return worker;
}

function started(module: URL, options: WorkerOptions, failed: () => void): Worker {
  try {
    return new Worker(module, options);
  } catch (error) {
    failed();
    throw error;
  }
}

/** For a thread to say that it has loaded its code. */
export function threadLoaded(): void {
  const loaded = getEnvironmentData(LOADED) as Int32Array;
  Atomics.store(loaded, 0, 1);
  Atomics.notify(loaded, 0);
}

/**
 * Resolves when no thread is loading its code. The process must not end before:
 * native modules that a thread loads in that moment abort it, whatever its exit
 * code was to be.
 */
export async function threadsLoaded(): Promise<void> {
  for (const [worker, loaded] of running) {
    while (running.has(worker) && Atomics.load(loaded, 0) === 0) await sleep(1);
  }
}

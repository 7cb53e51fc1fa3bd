import { Worker } from 'node:worker_threads';
import { DuetError } from '@duet/core';
import type { ThreadData, ThreadReply, ThreadRequest, UnitDone, UnitJob } from './unit-thread.js';

interface Waiting {
  resolve(reply: ThreadReply): void;
  reject(error: unknown): void;
}

/** A thread and those who wait for its replies, in order. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Waiting[];
  readonly exited: Promise<void>;
}

/** Threads that read and process units, each one at a time. */
export class UnitPool {
  readonly #stop: Int32Array;
  readonly #threads: readonly Thread[];
  readonly #idle: Thread[];
  /** Called, first come first served, with a thread that has nothing to do. */
  readonly #queue: ((thread: Thread) => void)[] = [];

  constructor(data: Omit<ThreadData, 'stop'>, threads: number) {
    const stop = new SharedArrayBuffer(4);
    this.#stop = new Int32Array(stop);
    this.#threads = Array.from({ length: threads }, () => start({ ...data, stop }));
    this.#idle = [...this.#threads];
  }

  /** Processes a unit. Undefined if the pool was told to abort. @throws {DuetError} `DUET_ERR_READ`, `DUET_ERR_VANISHED` */
  async process(job: UnitJob): Promise<UnitDone | undefined> {
    const thread = this.#idle.pop() ?? (await new Promise<Thread>((resolve) => this.#queue.push(resolve)));
    let reply: ThreadReply;
    try {
      reply = await ask(thread, job);
    } finally {
      const next = this.#queue.shift();
      if (next) next(thread);
      else this.#idle.push(thread);
    }
    if (typeof reply === 'string') return undefined;
    if ('code' in reply) throw new DuetError(reply.code, { operation: 'read a unit', message: reply.message, path: reply.path });
    return reply;
  }

  /** Makes durable what was written for the units that were processed. */
  async flush(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => ask(thread, 'flush')));
  }

  /** Lets all units end soon. */
  abort(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.abort();
    for (const { worker } of this.#threads) worker.postMessage('close' satisfies ThreadRequest);
    await Promise.all(this.#threads.map(({ exited }) => exited));
  }
}

function ask({ worker, waiting }: Thread, request: ThreadRequest): Promise<ThreadReply> {
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    worker.postMessage(request);
  });
}

function start(data: ThreadData): Thread {
  const worker = new Worker(new URL('./unit-thread.js', import.meta.url), { workerData: data, name: `bench-${data.work}` });
  const waiting: Waiting[] = [];
  worker.on('message', (reply: ThreadReply) => waiting.shift()?.resolve(reply));
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return { worker, waiting, exited };
}

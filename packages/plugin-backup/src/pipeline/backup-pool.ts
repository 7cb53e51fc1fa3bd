import { MessageChannel } from 'node:worker_threads';
import type { MessagePort, Worker } from 'node:worker_threads';
import { DuetError } from '@duet/core';
import { startThread } from '@duet/core/threads';
import { answerContents } from '../tree/content-asker.js';
import type { FileKnowledge, SavedTree } from '../tree/tree-messages.js';
import { errorOf } from './error-parts.js';
import type { SavedPack, ThreadData, ThreadReply, ThreadRequest, UnitResult } from './thread-messages.js';
import { jobColumns, resultsOf } from './unit-columns.js';
import type { UnitJob } from './unit-job.js';

/** Jobs and bytes that one message holds at most: a thread answers within some milliseconds. */
const BATCH_JOBS = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Messages with jobs that a thread has at once: one in work, one waiting, so that it never idles. */
const BATCHES_IN_THREAD = 2;

const ABORTED: UnitResult = { outcome: 'aborted' };

interface QueuedJob {
  readonly job: UnitJob;
  resolve(result: UnitResult): void;
  reject(error: unknown): void;
}

interface Waiting {
  resolve(reply: ThreadReply): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly worker: Worker;
  /** Jobs that this thread is to do: of files of which it keeps the rest. */
  readonly own: QueuedJob[];
  readonly batches: Map<number, readonly QueuedJob[]>;
  readonly waiting: Map<number, Waiting>;
  readonly exited: Promise<void>;
}

/**
 * Threads that read files, chunk them and save the chunks.
 *
 * Jobs that are asked for in one turn of the event loop go out together, dealt
 * evenly to the threads that are free. A file that comes in several units is
 * one thread's. Once a thread failed to save, all fails: what it had claimed in
 * the table of blobs is not in the repository.
 */
export class BackupPool {
  #data: ThreadData | undefined;
  readonly #most: number;
  readonly #threads: Thread[] = [];
  readonly #stop = new SharedArrayBuffer(4);
  readonly #queue: QueuedJob[] = [];
  readonly #ownerOf = new Map<number, Thread>();
  #flushing = false;
  #nextId = 1;
  #aborted = false;
  #closed = false;
  #failure: unknown;

  /** Starts the one thread that is needed in any case, for the folders: it loads its code while what `begin` takes is being made ready. */
  constructor(threads: number) {
    this.#most = threads;
    this.#start();
  }

  /** Tells the threads what to work with; before anything is asked of them. */
  begin(data: Omit<ThreadData, 'stop'>): void {
    this.#data = { ...data, stop: this.#stop };
    for (const thread of this.#threads) this.#beginIn(thread);
  }

  /** Chunks a unit. Rejects only if a thread failed. */
  chunk(job: UnitJob): Promise<UnitResult> {
    // Once there is something to read, all of them are worth it.
    while (!this.#aborted && this.#threads.length < this.#most) this.#start();
    return new Promise((resolve, reject) => {
      const queued = { job, resolve, reject };
      if (job.last && job.offset === 0) this.#queue.push(queued);
      else this.#owner(job).own.push(queued);
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => this.#flush());
    });
  }

  /** Makes durable what was saved for the units so far; gives the packs that are not in the index. None after `close`. */
  async flush(): Promise<SavedPack[]> {
    if (this.#closed) return [];
    const replies = await Promise.all(this.#threads.map((thread) => this.#ask(thread, { type: 'flush', id: this.#nextId++ })));
    return replies.flatMap((reply) => (reply.type === 'flush' ? reply.packs : []));
  }

  /** Saves the folders, by what is known of files, and of lists (records of `KnownLists`). Undefined if it was aborted. */
  async tree(knowledge: FileKnowledge, lists?: Uint8Array): Promise<SavedTree | undefined> {
    const { port1, port2 } = new MessageChannel();
    const answers = new SharedArrayBuffer(4);
    let failure: unknown;
    const orAbort = <T>(ask: () => T): T | undefined => {
      try {
        return ask();
      } catch (error) {
        failure ??= error;
        this.abort();
        return undefined;
      }
    };
    answerContents(port1, answers, {
      contentsOf: (files) => orAbort(() => knowledge.contentsOf(files)) ?? files.map(() => ({ use: 'omit' })),
      bare: (files) => orAbort(() => knowledge.bare(files)),
    });
    try {
      const reply = await this.#ask(this.#threads[0], { type: 'tree', id: this.#nextId++, lists, port: port2, answers }, [port2]);
      if (failure !== undefined) throw failure;
      return reply.type === 'tree' ? reply.tree : undefined;
    } finally {
      port1.close();
    }
  }

  /** Lets all jobs end as `aborted`, those under way as soon as their thread has read its piece. */
  abort(): void {
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    this.#aborted = true;
    this.#flush();
  }

  /** Ends the threads; jobs under way end as `aborted`. Once more: waits for the same. */
  async close(): Promise<void> {
    this.abort();
    if (!this.#closed) for (const { worker } of this.#threads) worker.postMessage({ type: 'close' } satisfies ThreadRequest);
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread.exited));
  }

  /** The thread that has the file's rest; for a new file the one that has least to do. */
  #owner({ no, last }: UnitJob): Thread {
    const load = (thread: Thread): number => [...this.#ownerOf.values()].filter((owner) => owner === thread).length;
    const owner = this.#ownerOf.get(no) ?? this.#threads.reduce((least, thread) => (load(thread) < load(least) ? thread : least));
    if (last) this.#ownerOf.delete(no);
    else this.#ownerOf.set(no, owner);
    return owner;
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#failure !== undefined || this.#aborted) {
      const queued = [...this.#queue.splice(0), ...this.#threads.flatMap(({ own }) => own.splice(0))];
      for (const { resolve, reject } of queued) {
        if (this.#failure === undefined) resolve(ABORTED);
        else reject(this.#failure);
      }
      return;
    }
    // Threads with nothing to do come first.
    for (let load = 0; load < BATCHES_IN_THREAD; load++) {
      const free = this.#threads.filter((thread) => thread.batches.size === load);
      free.forEach((thread, i) => {
        const batch = thread.own.length > 0 ? take(thread.own, BATCH_JOBS) : take(this.#queue, Math.ceil(this.#queue.length / (free.length - i)));
        if (batch.length > 0) this.#post(thread, batch);
      });
    }
  }

  #post(thread: Thread, batch: readonly QueuedJob[]): void {
    const id = this.#nextId++;
    thread.batches.set(id, batch);
    thread.worker.postMessage({ type: 'units', id, jobs: jobColumns(batch.map(({ job }) => job)) } satisfies ThreadRequest);
  }

  #ask(thread: Thread, request: Extract<ThreadRequest, { id: number }>, transfer: readonly MessagePort[] = []): Promise<ThreadReply> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      thread.waiting.set(request.id, { resolve, reject });
      thread.worker.postMessage(request, transfer);
    });
  }

  #start(): void {
    const worker = startThread(new URL('./backup-thread.js', import.meta.url), {
      name: 'duet-backup',
      // What threads have in their heaps is short-lived: some room, and hardly any of it is left when it is collected. The command leaves it at what it is once they have loaded.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: Thread = { worker, own: [], batches: new Map(), waiting: new Map(), exited };
    worker.on('message', (reply: ThreadReply) => this.#answered(thread, reply));
    worker.once('error', (cause) => this.#fail(died(cause)));
    worker.once('exit', () => {
      if (thread.batches.size + thread.waiting.size > 0) this.#fail(died(undefined));
    });
    this.#threads.push(thread);
    this.#beginIn(thread);
  }

  #beginIn({ worker }: Thread): void {
    if (this.#data !== undefined) worker.postMessage({ type: 'begin', data: this.#data } satisfies ThreadRequest);
  }

  #answered(thread: Thread, reply: ThreadReply): void {
    if (reply.type === 'broken') {
      this.#fail(errorOf(reply.error));
    } else if (reply.type === 'units') {
      const batch = thread.batches.get(reply.id) ?? [];
      thread.batches.delete(reply.id);
      this.#flush();
      const results = resultsOf(reply.results);
      // Another thread failed, and had this one stop: that it says so is on its way, and is what these jobs end with.
      const isStopped = (i: number): boolean => results[i].outcome === 'aborted' && !this.#aborted;
      const left = batch.filter((_, i) => isStopped(i));
      if (left.length > 0) thread.batches.set(reply.id, left);
      batch.forEach(({ resolve }, i) => {
        if (!isStopped(i)) resolve(results[i]);
      });
    } else {
      thread.waiting.get(reply.id)?.resolve(reply);
      thread.waiting.delete(reply.id);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { batches, waiting } of this.#threads) {
      for (const { reject } of [...[...batches.values()].flat(), ...waiting.values()]) reject(this.#failure);
      batches.clear();
      waiting.clear();
    }
    this.#flush();
  }
}

function take(queue: QueuedJob[], most: number): QueuedJob[] {
  let bytes = 0;
  let count = 0;
  while (count < Math.min(most, BATCH_JOBS, queue.length) && (count === 0 || bytes + queue[count].job.bytes <= BATCH_BYTES)) bytes += queue[count++].job.bytes;
  return queue.splice(0, count);
}

function died(cause: unknown): DuetError {
  return new DuetError('DUET_ERR_INTERNAL', {
    operation: 'back up files',
    message: `a thread of backup ended: ${cause instanceof Error ? cause.message : 'no reason given'}`,
    cause,
  });
}

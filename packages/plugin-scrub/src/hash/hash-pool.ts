import type { Worker } from 'node:worker_threads';
import { DuetError } from '@duet/core';
import type { BytePath } from '@duet/core';
import { startThread } from '@duet/core/threads';
import { packJobs, unpackResults } from './job-columns.js';
import type { HashJob, HashResult, TagJob, TagResult, ThreadReply, ThreadRequest } from './hash-job.js';
import { JobQueue } from './job-queue.js';

const ABORTED: HashResult = { outcome: 'aborted', errno: '', offset: undefined, state: undefined };

/** What a hashing thread is started with. */
export interface ThreadData {
  /** Absolute path below which the files lie, or of the one file. */
  readonly root: BytePath;
  /** One 32-bit number; not 0 once all is to end. */
  readonly stop: SharedArrayBuffer;
}

interface Waiting<Result> {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface QueuedJob extends Waiting<HashResult> {
  readonly job: HashJob;
  readonly bytes: number;
}

interface HashThread {
  readonly worker: Worker;
  /** What the thread has not answered, by number. */
  readonly batches: Map<number, readonly QueuedJob[]>;
  readonly tags: Map<number, Waiting<TagResult>>;
  readonly exited: Promise<void>;
}

/**
 * Threads that read and hash files.
 *
 * Jobs that are asked for in one turn of the event loop go out together, dealt
 * evenly to the threads that are idle: a message costs some 20 µs, as much as
 * hashing a small file. A thread has one message in work, and one waiting so
 * that it never idles. The caller bounds how many jobs there are at once.
 */
export class HashPool {
  readonly #threads: HashThread[];
  readonly #stop = new SharedArrayBuffer(4);
  readonly #queue = new JobQueue<QueuedJob>();
  #flushing = false;
  #nextId = 1;
  #aborted = false;
  #failure: unknown;

  /** Starts `threads` threads for files below `root`. */
  constructor(root: BytePath, threads: number) {
    const data: ThreadData = { root, stop: this.#stop };
    this.#threads = Array.from({ length: threads }, () => this.#start(data));
  }

  /** Carries out a job. Rejects only if its thread died. */
  hash(job: HashJob): Promise<HashResult> {
    return new Promise((resolve, reject) => {
      const queued: QueuedJob = { job, bytes: job.bytes, resolve, reject };
      // Its thread is the one that has what comes before.
      if (job.part && this.#failure === undefined && !this.#aborted) return this.#post(this.#threads[job.ino % this.#threads.length], [queued]);
      this.#queue.add(queued);
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => this.#flush());
    });
  }

  /** Writes attributes. Rejects only if its thread died. */
  tag(job: TagJob): Promise<TagResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = this.#nextId++;
      const thread = this.#threads[id % this.#threads.length];
      thread.tags.set(id, { resolve, reject });
      post(thread, { type: 'tag', id, job });
    });
  }

  /** Lets all jobs end as `aborted`, those under way as soon as their thread has read its piece. */
  abort(): void {
    Atomics.store(new Int32Array(this.#stop), 0, 1);
    this.#aborted = true;
    this.#flush();
  }

  /** Ends the threads; jobs under way end as `aborted`. */
  async close(): Promise<void> {
    this.abort();
    for (const thread of this.#threads) post(thread, { type: 'close' });
    await Promise.all(this.#threads.map((thread) => thread.exited));
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#failure !== undefined) {
      for (const { reject } of this.#queue.takeAll()) reject(this.#failure);
    }
    if (this.#aborted) {
      for (const { resolve } of this.#queue.takeAll()) resolve(ABORTED);
    }
    const idle = this.#threads.filter((thread) => thread.batches.size === 0);
    idle.forEach((thread, i) => this.#post(thread, this.#queue.take(Math.ceil(this.#queue.length / (idle.length - i)))));
    for (const thread of this.#threads) if (thread.batches.size === 1 && this.#queue.isWorthwhile) this.#post(thread, this.#queue.take(this.#queue.length));
  }

  #post(thread: HashThread, batch: readonly QueuedJob[]): void {
    if (batch.length === 0) return;
    const id = this.#nextId++;
    thread.batches.set(id, batch);
    post(thread, { type: 'hash', id, jobs: packJobs(batch.map(({ job }) => job)) });
  }

  #start(data: ThreadData): HashThread {
    const worker = startThread(new URL('./hash-thread.js', import.meta.url), {
      workerData: data,
      name: 'duet-scrub-hash',
      // Threads keep digests only: a small heap is collected often, and stays in the processor's cache.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    const batches: HashThread['batches'] = new Map();
    const tags: HashThread['tags'] = new Map();
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: HashThread = { worker, batches, tags, exited };
    worker.on('message', (reply: ThreadReply) => this.#answered(thread, reply));
    worker.once('error', (cause) => this.#died(thread, cause));
    worker.once('exit', () => this.#died(thread, undefined));
    return thread;
  }

  #answered(thread: HashThread, reply: ThreadReply): void {
    if (reply.type === 'tag') {
      thread.tags.get(reply.id)?.resolve(reply.result);
      thread.tags.delete(reply.id);
      return;
    }
    const batch = thread.batches.get(reply.id) ?? [];
    thread.batches.delete(reply.id);
    this.#flush();
    unpackResults(reply.results).forEach((result, i) => batch[i].resolve(result));
  }

  #died(thread: HashThread, cause: unknown): void {
    if (cause !== undefined || thread.batches.size + thread.tags.size > 0) {
      this.#failure ??= new DuetError('DUET_ERR_INTERNAL', {
        operation: 'hash files',
        message: `a hashing thread of scrub ended: ${cause instanceof Error ? cause.message : 'no reason given'}`,
        cause,
      });
    }
    const waiting = [...[...thread.batches.values()].flat(), ...thread.tags.values()];
    thread.batches.clear();
    thread.tags.clear();
    for (const { reject } of waiting) reject(this.#failure);
    if (this.#failure !== undefined) this.#flush();
  }
}

function post(thread: HashThread, request: ThreadRequest): void {
  thread.worker.postMessage(request);
}

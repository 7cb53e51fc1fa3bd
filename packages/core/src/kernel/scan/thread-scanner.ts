import type { Worker } from 'node:worker_threads';
import { scanThread } from '../../early-threads.js';
import { DuetError } from '../../model/index.js';
import type { BytePath, ProbeBatch, ProbeTarget, ReleaseBatch, ReleaseTarget, ScanBatch, Scanner, ScanOptions } from '../../model/index.js';
import { BATCHES_AHEAD, fromPlainError } from './protocol.js';
import type { ScanReply, ScanRequest } from './protocol.js';
import { packTargets } from './file-targets.js';
import type { ProbeRequest } from './prober.js';
import type { ReleaseRequest } from './releaser.js';

/** How long the thread may take to put its things away before it is ended the hard way. */
const CLOSE_TIMEOUT_MS = 5000;

/** A walk, as the event loop sees it. */
interface Walk {
  readonly batches: ScanBatch[];
  ended: boolean;
  error: DuetError | undefined;
  /** Wakes who waits for a batch. */
  wake: () => void;
}

/** A call that one reply answers. */
interface PendingCall {
  readonly resolve: (batch: never) => void;
  readonly reject: (error: DuetError) => void;
}

/**
 * Walks one path, probes files below it and releases their pages, in a thread of its own.
 *
 * The thread lives until `close`; while nothing is asked of it, it does not
 * keep the process alive. A path that cannot be opened fails each call with
 * `DUET_ERR_PATH_MISSING` or `DUET_ERR_PATH_DENIED`; a thread that dies fails
 * all that is under way with `DUET_ERR_INTERNAL`.
 */
export class ThreadScanner implements Scanner {
  readonly batchesAhead = BATCHES_AHEAD;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker = scanThread.take();
  readonly #walks = new Map<number, Walk>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #failure: DuetError | undefined;

  /** `path` may be relative to the working directory; a folder or one file. */
  constructor(path: BytePath) {
    this.#worker.on('message', (reply: ScanReply) => this.#receive(reply));
    this.#worker.on('error', (cause: unknown) => this.#fail('the scan thread died', cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail('the scan thread has ended');
        resolve();
      });
    });
    this.#post({ type: 'open', path, stop: this.#stop });
    this.#worker.unref();
  }

  async *scan(options: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
    const id = this.#nextId();
    const walk: Walk = { batches: [], ended: false, error: undefined, wake: () => undefined };
    this.#walks.set(id, walk);
    this.#post({ type: 'scan', id, options });
    try {
      for (;;) {
        const batch = walk.batches.shift();
        if (batch !== undefined) {
          this.#post({ type: 'taken', id });
          yield batch;
        } else if (walk.error !== undefined) throw walk.error;
        else if (walk.ended) return;
        else await new Promise<void>((resolve) => (walk.wake = resolve));
      }
    } finally {
      if (!walk.ended) this.#post({ type: 'cancel', id });
      this.#walks.delete(id);
      this.#rest();
    }
  }

  /** Packing takes the event loop about 0.3 µs a target: ask for some ten thousand at once, not for millions. */
  probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch> {
    const request: ProbeRequest = { ...packTargets(targets), slot: Uint32Array.from(targets, (target) => target.slot) };
    return this.#call((id) => this.#post({ type: 'probe', id, request }, [request.slot.buffer, request.ino.buffer, request.statDev.buffer] as ArrayBuffer[]));
  }

  release(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch> {
    const runs = targets.flatMap((target, row) => threes(row, target.runs));
    const request: ReleaseRequest = { ...packTargets(targets), runs: Float64Array.from(runs) };
    return this.#call((id) => this.#post({ type: 'release', id, request }, [request.runs.buffer, request.ino.buffer, request.statDev.buffer] as ArrayBuffer[]));
  }

  /** Ends the thread; calls under way fail. Safe to call twice. */
  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    this.#fail('the scanner was closed');
    this.#worker.ref();
    this.#worker.postMessage({ type: 'close' } satisfies ScanRequest);
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #call<T>(post: (id: number) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = this.#nextId();
      this.#calls.set(id, { resolve, reject });
      post(id);
    });
  }

  #nextId(): number {
    this.#worker.ref();
    return ++this.#lastId;
  }

  /** Lets the process end where nothing is under way. */
  #rest(): void {
    if (this.#walks.size === 0 && this.#calls.size === 0) this.#worker.unref();
  }

  #post(request: ScanRequest, transfer: ArrayBuffer[] = []): void {
    if (this.#failure === undefined) this.#worker.postMessage(request, transfer);
    else if (request.type === 'scan') this.#walks.get(request.id)!.error = this.#failure;
  }

  #receive(reply: ScanReply): void {
    const call = this.#calls.get(reply.id);
    const walk = this.#walks.get(reply.id);
    // The id says which call it was, and with it what its answer is.
    if (reply.type === 'probed' || reply.type === 'released') call?.resolve(reply.batch as never);
    if (reply.type === 'failed') call?.reject(fromPlainError(reply.error));
    if (call !== undefined) {
      this.#calls.delete(reply.id);
      this.#rest();
    }
    if (walk === undefined) return;
    if (reply.type === 'batch') walk.batches.push(reply.batch);
    else walk.ended = true;
    if (reply.type === 'failed') walk.error = fromPlainError(reply.error);
    walk.wake();
  }

  /** Fails everything under way, and all later calls. Only the first reason counts. */
  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new DuetError('DUET_ERR_INTERNAL', { operation: 'look at the files', message, ...(cause === undefined ? {} : { cause }) });
    for (const call of this.#calls.values()) call.reject(this.#failure);
    this.#calls.clear();
    for (const walk of this.#walks.values()) {
      walk.error ??= this.#failure;
      walk.ended = true;
      walk.wake();
    }
  }
}

/** The row before each run of two numbers. */
function threes(row: number, runs: readonly number[]): number[] {
  const flat: number[] = [];
  for (let at = 0; at < runs.length; at += 2) flat.push(row, runs[at], runs[at + 1]);
  return flat;
}

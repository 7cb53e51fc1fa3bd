import { DuetError } from '../model/index.js';
import { storeThread } from '../early-threads.js';
import { buffersOf } from './thread-calls.js';
import type { PackedError, ThreadCalls, ThreadReply, ThreadRequest } from './thread-calls.js';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: DuetError): void;
}

/**
 * The main thread's end of the store's thread. Calls go out at once and are
 * answered in order. The thread keeps the process alive only while a call waits.
 */
export class StoreClient {
  readonly #worker = storeThread.take();
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #failure: DuetError | undefined;
  #lastId = 0;

  constructor() {
    this.#worker.on('message', (reply: ThreadReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end(undefined);
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Has the thread do something. Typed arrays directly in `argument` are moved there, not copied. */
  call<Name extends keyof ThreadCalls>(call: Name, ...[argument]: Parameters<ThreadCalls[Name]>): Promise<ReturnType<ThreadCalls[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const request: ThreadRequest = { id: ++this.#lastId, call, argument };
      this.#worker.postMessage(request, buffersOf(argument));
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(request.id, { resolve: resolve, reject });
    });
  }

  /** Closes the database after all calls made so far, and ends the thread. */
  async close(): Promise<void> {
    const closed = this.call('close');
    this.#failure ??= new DuetError('DUET_ERR_INTERNAL', { operation: 'use the state database', message: 'the state database was closed' });
    try {
      await closed;
    } finally {
      this.#worker.ref();
      await this.#ended;
    }
  }

  #settle(reply: ThreadReply): void {
    const waiting = this.#waiting.get(reply.id)!;
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in reply) waiting.reject(unpackError(reply.error));
    else waiting.resolve(reply.result);
  }

  #end(cause: unknown): void {
    this.#failure ??= new DuetError('DUET_ERR_STATE_WRITE', { operation: 'write the state database', message: 'the thread that writes the state database ended', cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}

function unpackError({ code, details, cause }: PackedError): DuetError {
  if (cause === undefined) return new DuetError(code, details);
  const error = cause.code === undefined ? new Error(cause.message) : Object.assign(new Error(cause.message), { code: cause.code });
  return new DuetError(code, { ...details, cause: error });
}

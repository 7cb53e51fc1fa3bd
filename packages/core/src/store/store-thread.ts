import { parentPort } from 'node:worker_threads';
import { standBack } from '../kernel/thread-priority.js';
import { threadLoaded } from '../threads.js';
import { DatabaseWriter } from './database-writer.js';
import type { FileLock } from './file-lock.js';
import { openDatabase } from './open-database.js';
import { isCorrupt, noteDamage, stateError } from './state-error.js';
import { StateFolder } from './state-folder.js';
import { buffersOf, packError } from './thread-calls.js';
import type { ThreadCalls, ThreadReply, ThreadRequest } from './thread-calls.js';

threadLoaded();
standBack();

/** After this long without a call, what was committed goes from the log into the database. */
const IDLE_MS = 1000;

/** The store's thread: opens the database and serves calls, one at a time. */
class StoreThread {
  readonly #port = parentPort!;
  #folder = new StateFolder('.');
  #writer: DatabaseWriter | undefined;
  #inUse: FileLock | undefined;
  #idle: NodeJS.Timeout | undefined;

  start(): void {
    this.#port.on('message', (request: ThreadRequest) => this.#serve(request));
  }

  #serve({ id, call, argument }: ThreadRequest): void {
    clearTimeout(this.#idle);
    let reply: ThreadReply;
    try {
      reply = { id, result: this.#perform(call, argument) };
    } catch (error) {
      if (isCorrupt(error) && this.#writer !== undefined) noteDamage(this.#folder);
      reply = { id, error: packError(stateError(error, call === 'open' ? 'open' : 'write', this.#folder)) };
    }
    this.#port.postMessage(reply, 'result' in reply ? buffersOf(reply.result) : []);
    if (call === 'close') this.#port.close();
    else this.#tidy((writer) => writer.checkpointIfDue());
    if (this.#writer !== undefined) this.#idle = setTimeout(() => this.#tidy((writer) => writer.checkpoint()), IDLE_MS);
  }

  #perform(call: keyof ThreadCalls, argument: unknown): unknown {
    if (call === 'open') return this.#open(argument as string);
    if (call === 'close') return this.#close();
    return this.#writer![call](argument as never);
  }

  #open(path: string): ReturnType<ThreadCalls['open']> {
    this.#folder = new StateFolder(path);
    const { db, inUse, setAside } = openDatabase(this.#folder);
    this.#inUse = inUse;
    this.#writer = new DatabaseWriter(db);
    return { setAside };
  }

  #close(): void {
    try {
      this.#writer?.close();
    } finally {
      this.#writer = undefined;
      this.#inUse?.release();
    }
  }

  #tidy(work: (writer: DatabaseWriter) => void): void {
    try {
      if (this.#writer !== undefined) work(this.#writer);
    } catch {
      // All that is committed stays in the log; the next call meets the same error and reports it.
    }
  }
}

new StoreThread().start();

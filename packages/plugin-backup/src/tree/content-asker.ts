import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { KnownContent, MetFile } from './tree-messages.js';

/** How often somebody who waits looks whether all is to end, in milliseconds. */
const LOOK_MS = 200;

/**
 * Asks another thread for what is known of files, and waits for the answer:
 * a walk of folders goes on where it is, without promises at each step.
 */
export class ContentAsker {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #stopped: () => boolean;

  constructor(port: MessagePort, answers: SharedArrayBuffer, stopped: () => boolean) {
    this.#port = port;
    this.#answers = new Int32Array(answers);
    this.#stopped = stopped;
  }

  /** What is known of each of them, in their order; once all is to end, that they are to be left out. */
  ask(files: readonly MetFile[]): readonly KnownContent[] {
    const before = Atomics.load(this.#answers, 0);
    this.#port.postMessage(files);
    while (Atomics.load(this.#answers, 0) === before) {
      if (this.#stopped()) return files.map(() => ({ use: 'omit' }));
      Atomics.wait(this.#answers, 0, before, LOOK_MS);
    }
    return receiveMessageOnPort(this.#port)!.message as readonly KnownContent[];
  }

  close(): void {
    this.#port.close();
  }
}

/** Answers what a `ContentAsker` at the other end of the port asks. */
export function answerContents(port: MessagePort, answers: SharedArrayBuffer, answer: (files: readonly MetFile[]) => readonly KnownContent[]): void {
  const count = new Int32Array(answers);
  port.on('message', (files: readonly MetFile[]) => {
    port.postMessage(answer(files));
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  });
}

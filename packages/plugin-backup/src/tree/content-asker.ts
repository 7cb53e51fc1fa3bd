import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { contentColumns, contentsOf, fileColumns, filesOf } from './content-columns.js';
import type { ContentColumns, FileColumns } from './content-columns.js';
import type { KnownContent, MetFile } from './tree-messages.js';

/** How often somebody who waits looks whether all is to end, in milliseconds. */
const LOOK_MS = 200;
/** Files of one question: the answer is made while the next files are looked at. */
const FILES_AT_ONCE = 32;

/**
 * Asks another thread for what is known of files, and waits for the answers:
 * a walk of folders goes on where it is, without promises at each step.
 */
export class ContentAsker {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #stopped: () => boolean;
  /** Files that no question has yet. */
  #files: MetFile[] = [];
  /** Files of the questions that were asked. */
  #asked = 0;
  /** Answers that there have been when all questions so far are answered. */
  #due = 0;

  constructor(port: MessagePort, answers: SharedArrayBuffer, stopped: () => boolean) {
    this.#port = port;
    this.#answers = new Int32Array(answers);
    this.#stopped = stopped;
  }

  /** Asks for one more file. */
  ask(file: MetFile): void {
    this.#files.push(file);
    if (this.#files.length === FILES_AT_ONCE) this.#send();
  }

  /** What is known of each that was asked for since the last call, in their order; once all is to end, that they are to be left out. */
  answers(): readonly KnownContent[] {
    if (this.#files.length > 0) this.#send();
    const files = this.#asked;
    this.#asked = 0;
    for (let count = Atomics.load(this.#answers, 0); count < this.#due; count = Atomics.load(this.#answers, 0)) {
      if (this.#stopped()) return Array.from({ length: files }, () => ({ use: 'omit' }));
      Atomics.wait(this.#answers, 0, count, LOOK_MS);
    }
    const contents: KnownContent[] = [];
    while (contents.length < files) contents.push(...contentsOf(receiveMessageOnPort(this.#port)!.message as ContentColumns));
    return contents;
  }

  close(): void {
    this.#port.close();
  }

  #send(): void {
    this.#port.postMessage(fileColumns(this.#files));
    this.#asked += this.#files.length;
    this.#due++;
    this.#files = [];
  }
}

/** Answers what a `ContentAsker` at the other end of the port asks. */
export function answerContents(port: MessagePort, answers: SharedArrayBuffer, answer: (files: readonly MetFile[]) => readonly KnownContent[]): void {
  const count = new Int32Array(answers);
  port.on('message', (files: FileColumns) => {
    port.postMessage(contentColumns(answer(filesOf(files))));
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  });
}

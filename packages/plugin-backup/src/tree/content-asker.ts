import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { contentColumns, contentsOf, fileColumns, filesOf } from './content-columns.js';
import type { ContentColumns, FileColumns } from './content-columns.js';
import type { FileKnowledge, KnownContent, MetFile } from './tree-messages.js';

/** How often somebody who waits looks whether all is to end, in milliseconds. */
const LOOK_MS = 200;
/** How often it is told that the walk goes on where there is nothing to ask, in milliseconds. */
const ALIVE_MS = 1000;
/** Files of one question: the answer is made while the next files are looked at. */
const FILES_AT_ONCE = 64;
/** Files that are told of at once, if nothing is asked before. */
const TOLD_AT_ONCE = 512;

/** What is asked and told. */
interface Question {
  readonly files: FileColumns;
  /** Files without extended attributes. */
  readonly bare?: FileColumns;
}

/**
 * Asks another thread for what is known of files, and waits for the answers:
 * a walk of folders goes on where it is, without promises at each step.
 */
export class ContentAsker {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #stopped: () => boolean;
  readonly #nowMs: () => number;
  #sentMs: number;
  /** Files that no question has yet. */
  #files: MetFile[] = [];
  #bare: MetFile[] = [];
  /** Answers that there have been when all questions so far are answered, and those that were received. */
  #due = 0;
  #received = 0;
  #contents: readonly KnownContent[] = [];
  /** How many of `#contents` were given. */
  #given = 0;

  constructor(port: MessagePort, answers: SharedArrayBuffer, stopped: () => boolean, nowMs = (): number => performance.now()) {
    this.#port = port;
    this.#answers = new Int32Array(answers);
    this.#stopped = stopped;
    this.#nowMs = nowMs;
    this.#sentMs = nowMs();
  }

  /** Asks for one more file. */
  ask(file: MetFile): void {
    this.#files.push(file);
    if (this.#files.length === FILES_AT_ONCE) this.#send();
  }

  /** What is known of the next of those that were asked for, in their order; once all is to end, that it is to be left out. */
  answer(): KnownContent {
    while (this.#given === this.#contents.length) {
      if (this.#received === this.#due) this.#send();
      if (!this.#wait(this.#received + 1)) return { use: 'omit' };
      this.#receive();
    }
    return this.#contents[this.#given++];
  }

  /** Tells of a file that has no extended attributes. */
  bare(file: MetFile): void {
    this.#bare.push(file);
    if (this.#bare.length === TOLD_AT_ONCE) this.#send();
  }

  /** Lets it be known that the walk goes on, if nothing was asked or told for a while. */
  alive(): void {
    if (this.#nowMs() - this.#sentMs >= ALIVE_MS) this.#send();
  }

  /** Waits until all that was told is known there; it has no effect once all is to end. */
  settle(): void {
    if (this.#bare.length > 0) this.#send();
    this.#wait(this.#due);
  }

  close(): void {
    this.#port.close();
  }

  /** Waits for so many answers; false: all is to end. */
  #wait(answers: number): boolean {
    for (let count = Atomics.load(this.#answers, 0); count < answers; count = Atomics.load(this.#answers, 0)) {
      if (this.#stopped()) return false;
      Atomics.wait(this.#answers, 0, count, LOOK_MS);
    }
    return true;
  }

  #receive(): void {
    this.#contents = contentsOf(receiveMessageOnPort(this.#port)!.message as ContentColumns);
    this.#given = 0;
    this.#received++;
  }

  #send(): void {
    const files = fileColumns(this.#files);
    this.#port.postMessage((this.#bare.length > 0 ? { files, bare: fileColumns(this.#bare) } : { files }) satisfies Question);
    this.#due++;
    this.#sentMs = this.#nowMs();
    this.#files = [];
    this.#bare = [];
  }
}

/** Answers what a `ContentAsker` at the other end of the port asks, and takes down what it tells. */
export function answerContents(port: MessagePort, answers: SharedArrayBuffer, knowledge: FileKnowledge): void {
  const count = new Int32Array(answers);
  port.on('message', ({ files, bare }: Question) => {
    if (bare !== undefined) knowledge.bare(filesOf(bare));
    port.postMessage(contentColumns(knowledge.contentsOf(filesOf(files))));
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  });
}

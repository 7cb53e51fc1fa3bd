import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { entryTaker, joinEntries, NO_ENTRIES } from '../content/content-entries.js';
import type { KnownContent, MetFile } from './tree-messages.js';

/** How often somebody who waits looks whether all is to end, in milliseconds. */
const LOOK_MS = 200;

/** Contents on their way between threads: of the entries of each only the length, all of them joined. */
interface Answer {
  readonly contents: readonly (Exclude<KnownContent, { use: 'content' }> | (Omit<Extract<KnownContent, { use: 'content' }>, 'entries'> & { readonly entryBytes: number }))[];
  readonly entries: Uint8Array;
}

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
    const { contents, entries } = receiveMessageOnPort(this.#port)!.message as Answer;
    const take = entryTaker(entries);
    return contents.map((known) => (known.use === 'content' ? { ...known, entries: take(known.entryBytes) } : known));
  }

  close(): void {
    this.#port.close();
  }
}

/** Answers what a `ContentAsker` at the other end of the port asks. */
export function answerContents(port: MessagePort, answers: SharedArrayBuffer, answer: (files: readonly MetFile[]) => readonly KnownContent[]): void {
  const count = new Int32Array(answers);
  port.on('message', (files: readonly MetFile[]) => {
    port.postMessage(packed(answer(files)));
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  });
}

function packed(contents: readonly KnownContent[]): Answer {
  return {
    contents: contents.map((known) => {
      if (known.use !== 'content') return known;
      const { size, mtimeNs, ctimeNs, entries } = known;
      return { use: 'content', size, mtimeNs, ctimeNs, entryBytes: entries.length };
    }),
    entries: joinEntries(contents.map((known) => (known.use === 'content' ? known.entries : NO_ENTRIES))),
  };
}

import { closeSync, openSync, writeSync } from 'node:fs';

/** Lines kept before they are written. */
const BUFFERED_LINES = 64;

/** Writes down what a workload process does: one line an operation. */
export class History {
  readonly #fd: number;
  readonly #worker: number;
  #lines: string[] = [];

  constructor(file: string, worker: number) {
    this.#fd = openSync(file, 'a');
    this.#worker = worker;
  }

  /** `what` is the operation with its arguments, `outcome` `ok` or an error's code. Time is CLOCK_MONOTONIC. */
  add(startedNs: bigint, what: string, outcome: string): void {
    const endedNs = process.hrtime.bigint();
    this.#lines.push(`${ms(startedNs)} +${ms(endedNs - startedNs)} w${this.#worker} ${what} -> ${outcome}\n`);
    if (this.#lines.length >= BUFFERED_LINES) this.flush();
  }

  flush(): void {
    writeSync(this.#fd, this.#lines.join(''));
    this.#lines = [];
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}

function ms(ns: bigint): string {
  return (Number(ns / 1000n) / 1000).toFixed(3);
}

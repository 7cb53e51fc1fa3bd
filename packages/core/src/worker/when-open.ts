import { setImmediate as nextTurn } from 'node:timers/promises';

/** Keeps what happens while tasks are being opened until they are: hooks come after `open`, whatever is found meanwhile. */
export class WhenOpen {
  #held: (() => void)[] | undefined = [];

  get isOpen(): boolean {
    return this.#held === undefined;
  }

  /** Does it now, or once all is open, in the order in which it was asked for. */
  do(action: () => void): void {
    if (this.#held === undefined) action();
    else this.#held.push(action);
  }

  /** All is open: does what was held, a piece each turn of the event loop; `isOver` ends it early. */
  async open(isOver: () => boolean): Promise<void> {
    const held = this.#held ?? [];
    for (let next = held.shift(); next !== undefined && !isOver(); next = held.shift()) {
      next();
      await nextTurn();
    }
    this.#held = undefined;
  }
}

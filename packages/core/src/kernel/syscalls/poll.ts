import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** What poll tells of a descriptor. */
export const Poll = { IN: 0x1, PRI: 0x2, ERR: 0x8 } as const;

/** A descriptor, and the bits of `Poll` that are asked for. */
export interface Polled {
  readonly fd: number;
  readonly events: number;
}

/** Bytes of a `struct pollfd`, and where its fields are. */
const ENTRY_BYTES = 8;
const EVENTS_AT = 4;
const READY_AT = 6;

const cPoll = libc.func('int poll(intptr_t fds, unsigned long count, int timeoutMs)');
const scratch = new NativeBuffer(ENTRY_BYTES);

/** Which of `events` hold for an open file, and errors, without waiting. Negative errno on failure. */
export function pollNow(fd: number, events: number): number {
  put(scratch, 0, { fd, events });
  const ready = checked(cPoll(scratch.address, 1, 0));
  return ready <= 0 ? ready : scratch.view.getInt16(READY_AT, true);
}

/** Descriptors that are asked together, again and again. */
export class PollSet {
  readonly #size: number;
  readonly #memory: NativeBuffer;

  constructor(descriptors: readonly Polled[]) {
    this.#size = descriptors.length;
    this.#memory = entries(descriptors);
  }

  /** How many of them have what is asked for, or an error, without waiting. Negative errno on failure. */
  now(): number {
    return checked(cPoll(this.#memory.address, this.#size, 0));
  }
}

/**
 * Waits in a thread of libuv's pool until one of the descriptors has what is
 * asked for, or `timeoutMs` are over, and calls `done` then, whatever ended it.
 * The thread holds the files open until it has returned.
 */
export function pollLater(descriptors: readonly Polled[], timeoutMs: number, done: () => void): void {
  const memory = entries(descriptors);
  cPoll.async(memory.address, descriptors.length, timeoutMs, () => {
    // Until here the memory has to be referenced.
    memory.view.setInt32(0, -1, true);
    done();
  });
}

function entries(descriptors: readonly Polled[]): NativeBuffer {
  const memory = new NativeBuffer(descriptors.length * ENTRY_BYTES);
  descriptors.forEach((one, row) => put(memory, row, one));
  return memory;
}

function put({ view }: NativeBuffer, row: number, { fd, events }: Polled): void {
  view.setInt32(row * ENTRY_BYTES, fd, true);
  view.setInt16(row * ENTRY_BYTES + EVENTS_AT, events, true);
  view.setInt16(row * ENTRY_BYTES + READY_AT, 0, true);
}

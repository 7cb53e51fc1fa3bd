import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

/** What poll tells of a descriptor. */
export const Poll = { IN: 0x1, PRI: 0x2, ERR: 0x8 } as const;

const EVENTS_AT = 4;
const READY_AT = 6;

const cPoll = libc.func('int poll(intptr_t fds, unsigned long count, int timeoutMs)');
const scratch = new NativeBuffer(16);

/** Which of `events` hold for an open file, and errors, without waiting. Negative errno on failure. */
export function pollNow(fd: number, events: number): number {
  scratch.view.setInt32(0, fd, true);
  scratch.view.setInt16(EVENTS_AT, events, true);
  const ready = checked(cPoll(scratch.address, 1, 0));
  return ready <= 0 ? ready : scratch.view.getInt16(READY_AT, true);
}

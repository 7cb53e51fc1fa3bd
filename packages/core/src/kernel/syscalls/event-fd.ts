import { checked, libc } from './library.js';
import { NativeBuffer } from './native-buffer.js';

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

const cEventFd = libc.func('int eventfd(unsigned int count, int flags)');
const cWrite = libc.func('intptr_t write(int fd, intptr_t buffer, size_t bytes)');
const one = new NativeBuffer(8);
one.setU64(0, 1);

/**
 * A descriptor that is readable from `raiseEventFd` on. Negative errno on failure.
 *
 * @see https://man7.org/linux/man-pages/man2/eventfd.2.html
 */
export function openEventFd(): number {
  return checked(cEventFd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

export function raiseEventFd(fd: number): void {
  cWrite(fd, one.address, one.bytes.length);
}

import koffi from 'koffi';
import { SyncRange } from '@duet/core/kernel/syscalls';

const syncFileRange = koffi.load(null).func('int sync_file_range(int fd, int64_t offset, int64_t bytes, unsigned int flags)');

/**
 * Waits, in a thread, until a range of an open file is on the disk; false if
 * the disk failed. The descriptor has to stay open until then.
 *
 * @see https://man7.org/linux/man-pages/man2/sync_file_range.2.html
 */
export function writeOut(fd: number, offset: number, bytes: number): Promise<boolean> {
  return new Promise((resolve) => {
    syncFileRange.async(fd, offset, bytes, SyncRange.START_AND_WAIT, (error: unknown, result: number) => resolve(!error && result === 0));
  });
}

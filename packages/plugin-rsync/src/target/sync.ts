import { closeSync, constants, openSync } from 'node:fs';
import koffi from 'koffi';
import { DuetError } from '@duet/core';

const syncfs = koffi.load(null).func('int syncfs(int fd)');

/**
 * Waits until all that was written to the file system of a folder is on its
 * disk.
 *
 * @throws {DuetError} `DUET_ERR_RSYNC_TARGET` if the disk failed, or is full
 * @see https://man7.org/linux/man-pages/man2/syncfs.2.html
 */
export async function syncFileSystem(folder: string): Promise<void> {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    // In a thread: it may take long.
    const failed = await new Promise<boolean>((resolve, reject) => {
      syncfs.async(fd, (error: unknown, result: number) => (error ? reject(error) : resolve(result !== 0)));
    });
    if (failed) throw new DuetError('DUET_ERR_RSYNC_TARGET', { operation: 'make the mirror durable', message: `the file system of ${folder} could not be synced`, path: folder, hint: 'see the kernel log: the disk failed, or is full' });
  } finally {
    closeSync(fd);
  }
}

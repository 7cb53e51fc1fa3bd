import { DuetError, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { fsMagic } from '@duet/core/kernel/syscalls';
import { moverOf } from './movers.js';

/**
 * Makes sure that the file system at an absolute path can move files.
 *
 * @throws {DuetError} `DUET_ERR_DEFRAG_UNSUPPORTED`
 */
export function requireMover(path: BytePath): void {
  const root = Root.open(path);
  try {
    if (moverOf(fsMagic(root.fd)) !== undefined) return;
  } finally {
    root.close();
  }
  throw new DuetError('DUET_ERR_DEFRAG_UNSUPPORTED', {
    operation: 'defragment files',
    message: `the file system of ${toDisplay(path)} offers no defragmentation`,
    path: toDisplay(path),
  });
}

import { readFileSync, statSync } from 'node:fs';
import { holderOf } from './file-lock.js';
import { StateFolder } from './state-folder.js';

/**
 * The process that runs a task on a path, without disturbing it; null if none does.
 *
 * Taking the lock to see whether it is free would turn away a run that starts
 * at that moment; the kernel's list of locks can be read instead.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_locks.5.html
 */
export function runningTask(stateDir: string, name: string, path: string): number | null {
  const lock = new StateFolder(stateDir).taskLock(name, path);
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  // The device is not compared: on btrfs it is another number than `stat` tells. The inode and who signed the file are enough.
  const pid = holderOf(lock);
  const held = new RegExp(`FLOCK +ADVISORY +WRITE ${pid} [0-9a-f]+:[0-9a-f]+:${stat.ino} `);
  return pid !== undefined && held.test(readFileSync('/proc/locks', 'latin1')) ? pid : null;
}

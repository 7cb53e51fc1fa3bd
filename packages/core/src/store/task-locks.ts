import { DuetError, toDisplay } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { FileLock, holderOf } from './file-lock.js';
import { stateError } from './state-error.js';
import type { StateFolder } from './state-folder.js';

/**
 * Keeps two processes, or two parts of one, from running the same task on the same path.
 *
 * A lock goes when its process ends, also when it is killed.
 */
export class TaskLocks {
  readonly #folder: StateFolder;
  readonly #held = new Map<number, FileLock>();

  constructor(folder: StateFolder) {
    this.#folder = folder;
  }

  /** @throws {DuetError} `DUET_ERR_TASK_RUNNING`, `DUET_ERR_STATE_WRITE` */
  take(name: string, path: string): FileLock {
    const file = this.#folder.taskLock(name, path);
    try {
      const lock = FileLock.tryLock(file, 'exclusive');
      if (lock === undefined) throw taskRunning(name, path, holderOf(file));
      lock.sign();
      return lock;
    } catch (error) {
      throw stateError(error, 'write', this.#folder);
    }
  }

  /** Holds `lock` for `task` until released. */
  keep(task: number, lock: FileLock): void {
    this.#held.set(task, lock);
  }

  /** @throws {DuetError} `DUET_ERR_INTERNAL` unless the task is held. */
  check(task: number): void {
    if (!this.#held.has(task)) throw taskNotOpen(task);
  }

  release(task: number): void {
    this.#held.get(task)?.release();
    this.#held.delete(task);
  }

  releaseAll(): void {
    for (const task of this.#held.keys()) this.release(task);
  }
}

/** The error for a task that process `pid` runs already. */
export function taskRunning(name: string, path: string, pid: number | undefined): DuetError {
  const where = pid === undefined ? 'another process' : pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  const shown = toDisplay(path as BytePath);
  return new DuetError('DUET_ERR_TASK_RUNNING', { operation: `run ${name}`, path: shown, message: `${name} runs on ${shown} already, in ${where}` });
}

/** The error for writing to a task that this process did not open. */
export function taskNotOpen(task: number): DuetError {
  return new DuetError('DUET_ERR_INTERNAL', { operation: 'write the state database', message: `task ${task} is not open in this process` });
}

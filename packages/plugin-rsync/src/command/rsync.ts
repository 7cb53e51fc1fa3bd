import { setTimeout as sleep } from 'node:timers/promises';
import { DuetError, toBytes } from '@duet/core';
import type { BytePath, Logger } from '@duet/core';
import { Program } from '@duet/core/kernel/program';
import { IoClass, setIoClass } from '@duet/core/kernel/syscalls';
import { eachLine } from '../output/lines.js';
import { parseItem } from '../output/item-line.js';
import type { ChangeItem } from '../output/item-line.js';
import { finished, mayBeRetried, rsyncError } from './exit-code.js';
import type { Ended } from './exit-code.js';
import { diesWithParent, programPath } from './program.js';

/** Pauses before a connection is made anew, in milliseconds: doubled each time, up to a minute. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** How long rsync may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 1500;
const ALIVE_MS = 10_000;
/** Lines on stderr that are kept. */
const KEPT_COMPLAINTS = 10_000;
/** In the C locale names are escaped byte by byte; what a user has set for rsync in general does not hold here. */
const ENVIRONMENT = { LC_ALL: 'C', RSYNC_PARTIAL_DIR: undefined, RSYNC_PROTECT_ARGS: undefined, RSYNC_OLD_ARGS: undefined, RSYNC_ICONV: undefined };

/** What an rsync needs to be started. */
export interface RsyncSetting {
  /** Folder that it starts in. */
  readonly cwd: string;
  readonly retries: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called now and then while one is at work. */
  readonly alive: () => void;
}

/** How an rsync came to its end, and what it did. */
export interface RsyncResult extends Ended {
  readonly items: readonly ChangeItem[];
}

/** What a single run of it may have. */
export interface RsyncRun {
  readonly files?: readonly BytePath[];
  /** Default: the folder of the setting. */
  readonly cwd?: string;
  readonly onItem?: (item: ChangeItem) => void;
}

/** Starts the system's rsync, without a shell, and reads what it says. */
export class Rsync {
  readonly #setting: RsyncSetting;
  readonly #command: readonly string[];

  /** @throws {DuetError} `DUET_ERR_RSYNC_MISSING` */
  constructor(setting: RsyncSetting) {
    const program = programPath('rsync');
    if (program === undefined) {
      throw new DuetError('DUET_ERR_RSYNC_MISSING', { operation: 'start rsync', message: 'rsync is not installed', hint: 'install it: `apt install rsync`, say' });
    }
    this.#setting = setting;
    this.#command = [...diesWithParent(), program];
  }

  /**
   * Runs it to its end, once more after a pause if the connection was lost.
   * `files`: names for `--files-from`, relative to the source. `onItem` takes
   * the changes one by one, those of a run that failed before too; without it
   * they are in the result.
   *
   * @throws {DuetError} what `rsyncError` makes of an rsync that did not come to its end
   * @throws the reason of the signal, once it is aborted
   */
  async run(operation: string, args: readonly string[], options: RsyncRun = {}): Promise<RsyncResult> {
    const { retries, signal, log } = this.#setting;
    for (let failures = 0; ; failures++) {
      const result = await this.#once(args, options);
      signal.throwIfAborted();
      if (finished(result)) return result;
      const error = rsyncError(operation, result);
      if (!mayBeRetried(result) || failures === retries) throw error;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      log.warn(`${error.message}: tried again in ${pauseMs / 1000} s`);
      await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async #once(args: readonly string[], { files = [], cwd = this.#setting.cwd, onItem }: RsyncRun): Promise<RsyncResult> {
    const { signal, alive } = this.#setting;
    signal.throwIfAborted();
    const program = start([...this.#command, ...args], cwd);
    setIoClass(program.pid, IoClass.IDLE);
    const items: ChangeItem[] = [];
    const complaints: string[] = [];
    eachLine(program.stdout, (line) => {
      const item = parseItem(line);
      if (item === undefined) return;
      if (onItem === undefined) items.push(item);
      else onItem(item);
    });
    eachLine(program.stderr, (line) => {
      if (complaints.length < KEPT_COMPLAINTS) complaints.push(line);
    });
    // It may end before it has read the list.
    program.stdin.on('error', () => undefined);
    program.stdin.end(listOf(files));

    const beat = setInterval(alive, ALIVE_MS);
    let killing: NodeJS.Timeout | undefined;
    // A remote shell that hangs may keep the streams open after its rsync has gone: it is not waited for.
    const stop = (): void => {
      program.kill('SIGTERM');
      killing = setTimeout(() => program.kill('SIGKILL'), GRACE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return { ...(await program.ended), items, complaints };
    } finally {
      clearInterval(beat);
      clearTimeout(killing);
      signal.removeEventListener('abort', stop);
    }
  }
}

/** @throws {DuetError} `DUET_ERR_RSYNC_MISSING` */
function start([path, ...args]: readonly string[], cwd: string): Program {
  try {
    return new Program(path, args, { cwd, env: ENVIRONMENT });
  } catch (error) {
    throw new DuetError('DUET_ERR_RSYNC_MISSING', { operation: 'start rsync', message: `rsync cannot be started: ${(error as Error).message}`, cause: error });
  }
}

/**
 * A list as `--from0` takes it, which reads it byte by byte: short. A name that
 * begins with `#` or `;` would be taken for a comment, so none does. By the `./`
 * of the first one the target's top gets its mode and owner before anything is in it.
 */
function listOf(files: readonly BytePath[]): Buffer {
  return toBytes(files.map((name, i) => `${i === 0 || /^[#;]/.test(name) ? './' : ''}${name}\0`).join('') as BytePath);
}
